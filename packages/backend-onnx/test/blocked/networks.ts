import * as t from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'

/** A small convolutional network with gradients, and numbers for its inputs. */
export interface RandomNetwork {
  readonly seed: number
  readonly program: t.Program
  readonly feeds: Record<string, t.TensorValue>
  readonly written: readonly string[]
}

/** Draws a network: sets of signals or images, convolutions, what lies between them, a loss, and gradients. */
class Drawing {
  readonly random: Random
  readonly inputs: t.Input[] = []
  readonly feeds: Record<string, t.TensorValue> = {}
  readonly written: string[] = []
  readonly sizes: Readonly<Record<string, number>>

  constructor(seed: number) {
    this.random = new Random({ seed, stream: 'networks' })
    this.sizes = { batch: this.pick([1, 2, 3]), set: this.pick([1, 2]) }
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.integer(list.length)] as T
  }

  /** Multiples of a fourth, so that sums and ties of them are exact; never 0, so that what is 0 is no number of the network. */
  input(shape: readonly t.DimensionLike[]): t.Input {
    const x = t.input(`x${this.inputs.length}`, 'float32', shape)
    const numbers = shape.map((d) => (typeof d === 'string' ? (this.sizes[d] as number) : (d as number)))
    const data = Float32Array.from(
      { length: numbers.reduce((n, d) => n * d, 1) },
      () => this.pick([-8, -5, -4, -3, -2, -1, 1, 2, 3, 4, 6, 8]) / 4,
    )
    this.inputs.push(x)
    this.feeds[x.name] = t.tensorValue('float32', numbers, data)
    return x
  }
}

const conv = (d: Drawing, x: t.Tensor): t.Tensor => {
  const spatial = x.shape.slice(2) as number[]
  const kernel = spatial.map((size) => d.pick([1, 2, 3].filter((k) => k <= size)))
  const outputs = d.pick([1, 3, 4, 8, 9, 12, 16])
  const strides = d.pick([1, 1, 1, 2])
  const pads = d.pick([0, 1].filter((p) => p === 0 || kernel.every((k) => k > 1)))
  const bias = d.pick([true, false]) ? { bias: d.input([outputs]) } : {}
  return t.conv(x, d.input([outputs, x.size(1) as number, ...kernel]), { strides, pads, ...bias })
}

const between: Readonly<Record<string, (d: Drawing, x: t.Tensor) => t.Tensor>> = {
  conv,
  relu: (_, x) => t.relu(x),
  tanh: (_, x) => t.tanh(x),
  sigmoid: (_, x) => t.sigmoid(x),
  pool: (d, x) => {
    const kernel = (x.shape.slice(2) as number[]).map((size) => d.pick([1, 2].filter((k) => k <= size)))
    return t.maxPool(x, { kernel, strides: d.pick([kernel, kernel, kernel.map(() => 1)]) })
  },
  means: (_, x) => t.averagePool(x, { kernel: x.shape.slice(2).map(() => 1) }),
  scale: (d, x) => t.mul(x, d.input([x.size(1) as number, ...x.shape.slice(2).map(() => 1)])),
  shift: (d, x) => t.add(x, d.input([1, x.size(1) as number, ...x.shape.slice(2).map(() => 1)])),
  affine: (d, x) => {
    const row = (): t.Input => d.input([x.size(1) as number, ...x.shape.slice(2).map(() => 1)])
    const scaled = t.mul(x, row())
    const sum = d.pick([true, false]) ? t.add(scaled, row()) : t.add(t.relu(x), scaled)
    return d.pick([true, false]) ? t.relu(sum) : sum
  },
  branches: (d, x) => {
    const branch = (): t.Tensor => t.conv(x, d.input([x.size(1) as number, x.size(1) as number, ...x.shape.slice(2).map(() => 1)]))
    return t.relu(t.add(branch(), d.pick([true, false]) ? branch() : x))
  },
  others: (_, x) => {
    const apart = t.reshape(x, ['batch', 'set', ...x.shape.slice(1)])
    return t.reshape(t.add(apart, t.reduceSum(apart, { axis: 1, keepDims: true })), x.shape)
  },
  divide: (d, x) => t.div(x, d.input([x.size(1) as number, ...x.shape.slice(2).map(() => 1)])),
  frame: (d, x) =>
    t.pad(
      x,
      [...x.shape, ...x.shape].map((_, i) => (i === 2 ? 1 : 0)),
      { value: d.pick([0, 1]) },
    ),
  mirror: (_, x) => t.flip(x, 2),
  mask: (d, x) => t.mul(x, d.input([1, ...(x.shape.slice(2) as number[])])),
  both: (d, x) => t.add(x, d.pick([t.relu, t.neg])(x)),
  where: (_, x) => t.where(t.greater(x, 0), x, t.mul(x, 0.5)),
  circle: (_, x) => {
    const none = x.shape.map(() => 0)
    return t.pad(x, [...none.with(-1, 1), ...none.with(-1, 1)].slice(0, 2 * x.rank), { mode: 'wrap' })
  },
  set: (d, x) => {
    const apart = t.reshape(x, ['batch', 'set', ...x.shape.slice(1)])
    return t.reshape(t.sub(apart, d.pick([t.reduceMean, t.reduceSum, t.reduceMax])(apart, { axis: 1, keepDims: true })), x.shape)
  },
  norm: (_, x) => {
    const [channels, ...rest] = x.shape.slice(1) as [number, ...number[]]
    const apart = t.reshape(x, [x.size(0), channels % 2 === 0 ? channels / 2 : channels, channels % 2 === 0 ? 2 : 1, ...rest])
    const axis = [0, 2, ...rest.map((_size, i) => i + 3)]
    return t.reshape(t.sub(apart, t.reduceMean(apart, { axis, keepDims: true })), x.shape)
  },
}

/** The same seed gives the same network. */
export function randomNetwork(seed: number): RandomNetwork {
  const d = new Drawing(seed)
  const spatial = d.pick([[7], [8], [6, 6], [5, 4], [4, 1]])
  const x = d.input(['batch', 'set', d.pick([1, 3, 4, 8, 16]), ...spatial])
  const images = t.reshape(x, [t.times(t.symbol('batch'), t.symbol('set')), ...x.shape.slice(2)])
  let y = conv(d, images)
  for (let step = 0; step < 2 + d.random.integer(5); step++) {
    const name = d.pick(Object.keys(between))
    y = (between[name] as (typeof between)[string])(d, y)
    d.written.push(name)
  }
  if (d.pick([true, false])) y = conv(d, y)
  const seen = d.pick([y, t.reduceMean(y, { axis: y.shape.slice(2).map((_, i) => i + 2) })])
  const loss = t.reduceSum(t.mul(seen, seen))
  const gradients = t.differentiate(loss, [x, ...d.inputs.slice(1, 3)])
  const outputs = Object.fromEntries([seen, ...gradients].map((tensor, i) => [`y${i}`, tensor]))
  return { seed, program: t.program({ inputs: d.inputs, outputs }), feeds: d.feeds, written: d.written }
}
