import { initialize, type Module, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { Features, features, IrrepsBatchNorm, IrrepsLayerNorm, irreps, NormActivation, VectorRelu } from '../src/index.ts'

/** Normalizations against loops over numbers, with random parameters. Features are [points, places, copies]. */
const KINDS = '3x0e + 2x1o + 2x0o + 1x2e'
const { summands, dimension } = irreps(KINDS)
const [EXAMPLES, POINTS] = [2, 4]
const random = new Random({ seed: 14, stream: 'norms' })
const normal = (shape: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() + 0.3),
})
const x = input('x', 'float32', [EXAMPLES, POINTS, dimension])
const given = normal([EXAMPLES, POINTS, dimension])
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Values of a module with random parameters, of which squares are positive. */
function run(
  module: Module,
  y: Tensor,
  others: readonly Tensor[] = [],
): { y: number[]; others: number[][]; of: (path: string, i: number) => number } {
  const drawn = Object.fromEntries(
    Object.entries(initialize(module, 1)).map(([path, { shape }]) => {
      const { data } = normal(shape)
      return [
        path,
        { dtype: 'float32', shape, data: path === 'runningSquare' ? (data as Float64Array).map((v) => 0.2 + v * v) : data } as TensorValue,
      ]
    }),
  )
  const outputs: Record<string, Tensor> = { y, ...Object.fromEntries(others.map((each, i) => [`other${i}`, each])) }
  const results = evaluate(program({ inputs: { x, ...Object.fromEntries(parametersOf(module)) }, outputs }), { x: given, ...drawn })
  return {
    y: [...(results.y?.data ?? [])],
    others: others.map((_, i) => [...(results[`other${i}`]?.data ?? [])]),
    of: (path, i) => Number(drawn[path]?.data[i]),
  }
}

/** The component m of copy u of summand k, at a point. */
function at(point: number, k: number, m: number, u: number): number {
  const start = irreps(KINDS).offsets()[k] as number
  return Number(given.data[point * dimension + start + u * (summands[k]?.irrep.dimension as number) + m])
}
/** The number of copies, and of scalars `0e`, before copy u of summand k. */
const place = (k: number, u: number): { copy: number; scalar: number } => ({
  copy: u + summands.slice(0, k).reduce((sum, { multiplicity }) => sum + multiplicity, 0),
  scalar: u,
})
const points = upTo(EXAMPLES * POINTS)
const close = (actual: readonly number[], expected: readonly number[]): void =>
  expect(actual).toEqual(expected.map((v) => expect.closeTo(v, 10)))
/** Every number of the result in its order. */
const all = (value: (point: number, k: number, m: number, u: number) => number): number[] =>
  points.flatMap((point) =>
    summands.flatMap(({ multiplicity, irrep }, k) =>
      upTo(multiplicity).flatMap((u) => upTo(irrep.dimension).map((m) => value(point, k, m, u))),
    ),
  )
const isScalar = (k: number): boolean => summands[k]?.irrep.isScalar === true
const size = (k: number): number => summands[k]?.irrep.dimension as number

describe.each([
  ['component', true],
  ['component', false],
  ['norm', true],
] as const)('normalized by the %s, affine %s', (normalization, affine) => {
  const epsilon = 0.01
  const options = { irreps: KINDS, normalization, affine, epsilon }
  const scaled = ({ of }: ReturnType<typeof run>, value: number, k: number, u: number): number => {
    const { copy, scalar } = place(k, u)
    return affine ? value * of('scale', copy) + (isScalar(k) ? of('offset', scalar) : 0) : value
  }
  /** Sum over components of squares, or their mean. */
  const square = (k: number, values: (m: number) => number): number => {
    const sum = upTo(size(k)).reduce((total, m) => total + values(m) ** 2, 0)
    return normalization === 'norm' ? sum : sum / size(k)
  }

  test('IrrepsLayerNorm', () => {
    const layer = new IrrepsLayerNorm(options)
    const result = run(layer, layer.forward(features(x, KINDS)).flat())
    const copies = (k: number): number[] => upTo(summands[k]?.multiplicity as number)
    const centred = (point: number, k: number, m: number, u: number): number =>
      at(point, k, m, u) - (isScalar(k) ? mean(copies(k).map((w) => at(point, k, m, w))) : 0)
    close(
      result.y,
      all((point, k, m, u) => {
        const squares = mean(copies(k).map((w) => square(k, (c) => centred(point, k, c, w))))
        return scaled(result, centred(point, k, m, u) / Math.sqrt(squares + epsilon), k, u)
      }),
    )
  })

  test('IrrepsBatchNorm in inference uses the running statistics', () => {
    const layer = new IrrepsBatchNorm(options)
    const result = run(layer, layer.forward(features(x, KINDS)).flat())
    close(
      result.y,
      all((point, k, m, u) => {
        const { copy, scalar } = place(k, u)
        const value = at(point, k, m, u) - (isScalar(k) ? result.of('runningMean', scalar) : 0)
        return scaled(result, value / Math.sqrt(result.of('runningSquare', copy) + epsilon), k, u)
      }),
    )
  })

  test.each([true, false])('IrrepsBatchNorm in training, instances %s, and its running statistics', (instance) => {
    const layer = new IrrepsBatchNorm({ ...options, instance, momentum: 0.25 })
    const { result: y, updates } = trace({ training: true }, () => layer.forward(features(x, KINDS)).flat())
    const kept = [layer.runningMean, layer.runningSquare].filter((each) => each !== undefined)
    const result = run(
      layer,
      y,
      kept.map((each) => updates.get(each) as Tensor),
    )
    const among = (point: number): number[] =>
      instance ? points.filter((p) => Math.floor(p / POINTS) === Math.floor(point / POINTS)) : points
    const average = (point: number, k: number, u: number): number => (isScalar(k) ? mean(among(point).map((p) => at(p, k, 0, u))) : 0)
    const squares = (point: number, k: number, u: number): number =>
      mean(among(point).map((p) => square(k, (c) => at(p, k, c, u) - average(point, k, u))))
    close(
      result.y,
      all((point, k, m, u) =>
        scaled(result, (at(point, k, m, u) - average(point, k, u)) / Math.sqrt(squares(point, k, u) + epsilon), k, u),
      ),
    )
    expect(updates.size).toBe(instance ? 0 : 2)
    if (instance) return
    const blended = (path: string, i: number, now: number): number => 0.75 * result.of(path, i) + 0.25 * now
    close(
      result.others[0] as number[],
      upTo(3).map((u) => blended('runningMean', u, average(0, 0, u))),
    )
    close(
      result.others[1] as number[],
      summands.flatMap(({ multiplicity }, k) =>
        upTo(multiplicity).map((u) => blended('runningSquare', place(k, u).copy, squares(0, k, u))),
      ),
    )
  })
})

test.each([
  [true, true],
  [true, false],
  [false, true],
])('NormActivation: f(|x| + b) x, divided by |x|: %s, with bias: %s', (normalize, bias) => {
  const layer = new NormActivation({ irreps: KINDS, activation: 'tanh', normalize, bias })
  const result = run(layer, layer.forward(features(x, KINDS)).flat())
  close(
    result.y,
    all((point, k, m, u) => {
      const norm = Math.hypot(...upTo(size(k)).map((c) => at(point, k, c, u)))
      const factor = Math.tanh(norm + (bias ? result.of(`biases.${k}`, u) : 0))
      return (at(point, k, m, u) * factor) / (normalize ? norm : 1)
    }),
  )
})

test.each([0, 0.2])('VectorRelu: where <x, d> < 0, the part of x along d keeps a share of %d', (slope) => {
  const layer = new VectorRelu({ channels: 2, slope, epsilon: 0.1 })
  const block = features(x, KINDS).blocks[1] as Tensor
  const result = run(layer, new Features('2x1o', [layer.forward(block)]).flat())
  const expected = points.flatMap((point) =>
    upTo(2).flatMap((u) => {
      const own = upTo(3).map((m) => at(point, 1, m, u))
      const direction = upTo(3).map(
        (m) => at(point, 1, m, 0) * result.of('direction.weight', u) + at(point, 1, m, 1) * result.of('direction.weight', 2 + u),
      )
      const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, m) => sum + v * (b[m] as number), 0)
      const inner = dot(own, direction)
      const share = inner >= 0 ? 0 : ((1 - slope) * inner) / (dot(direction, direction) + 0.1)
      return own.map((v, m) => v - share * (direction[m] as number))
    }),
  )
  close(result.y, expected)
})
