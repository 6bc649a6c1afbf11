import {
  add,
  cast,
  differentiate,
  div,
  evaluate,
  input,
  mul,
  program,
  Random,
  reduceMean,
  reduceSum,
  reshape,
  sqrt,
  sub,
  type Tensor,
  tensorValue,
  unsqueeze,
} from '@equivar/tensor'
import { expect, test } from 'vitest'
import { BatchNorm, initialize, parametersOf, trace } from '../src/index.ts'

const [batch, set, channels] = [3, 4, 2]
const shape = [batch, set, channels]
const x = input('x', 'float32', shape)
const mask = input('mask', 'bool', [batch, set])
const direction = input('direction', 'float32', shape)

/** The formula of the paper. */
function plain(scale: Tensor, offset: Tensor, weights?: Tensor): Tensor {
  const average = (t: Tensor): Tensor =>
    weights === undefined
      ? reduceMean(t, { axis: [0, 1], keepDims: true })
      : div(reduceSum(mul(t, weights), { axis: [0, 1], keepDims: true }), reduceSum(weights))
  const centred = sub(x, average(x))
  return add(mul(div(centred, sqrt(add(average(mul(centred, centred)), 1e-5))), scale), offset)
}

test.each(['all elements', 'masked elements'])('value, derivative and second derivative in training agree with the formula: %s', (of) => {
  const masked = of !== 'all elements'
  const norm = new BatchNorm({ channels })
  const weights = masked ? unsqueeze(cast(mask, 'float32'), [2]) : undefined
  const ours = trace({ training: true }, () => norm.forward(x, masked ? mask : undefined)).result
  const expected = plain(reshape(norm.scale, [1, 1, channels]), reshape(norm.offset, [1, 1, channels]), weights)
  const outputs = (y: Tensor): Record<string, Tensor> => {
    const existing = weights === undefined ? y : mul(y, weights)
    const [first, inScale] = differentiate(reduceSum(mul(existing, mul(existing, direction))), [x, norm.scale]) as [Tensor, Tensor]
    const second = differentiate(reduceSum(mul(mul(first, first), direction)), x)
    return { y: existing, first, inScale, second: second as Tensor }
  }
  const random = new Random({ seed: 3 })
  const normal = (): Float32Array => Float32Array.from({ length: batch * set * channels }, () => 5 + random.normal())
  const feeds = {
    x: tensorValue('float32', shape, normal()),
    direction: tensorValue('float32', shape, normal()),
    mask: tensorValue('bool', [batch, set], [1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0]),
    scale: tensorValue('float32', [channels], [0.5, 2]),
    offset: tensorValue('float32', [channels], [1, -1]),
  }
  const evaluated = (y: Tensor): ReturnType<typeof evaluate> =>
    evaluate(program({ inputs: { x, direction, mask, scale: norm.scale, offset: norm.offset }, outputs: outputs(y) }), feeds)
  const [a, b] = [evaluated(ours), evaluated(expected)]
  for (const name of ['y', 'first', 'inScale', 'second']) {
    const wanted = Array.from(b[name]?.data ?? [], Number)
    const size = Math.max(...wanted.map(Math.abs))
    expect(size).toBeGreaterThan(0.1)
    wanted.forEach((value, i) => {
      expect(Math.abs(Number(a[name]?.data[i]) - value), `${name}[${i}]`).toBeLessThan(1e-10 * size)
    })
  }
})

test('NaN at masked elements affects neither the other elements nor the running statistics', () => {
  const norm = new BatchNorm({ channels })
  const { result, updates } = trace({ training: true }, () => norm.forward(x, mask))
  const running = updates.get(norm.runningVariance) as Tensor
  const p = program({ inputs: { x, mask, ...Object.fromEntries(parametersOf(norm)) }, outputs: { y: result, running } })
  const exists = [1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0]
  const of = (padding: number): ReturnType<typeof evaluate> =>
    evaluate(p, {
      ...initialize(norm, 1),
      x: tensorValue(
        'float32',
        shape,
        Array.from({ length: batch * set * channels }, (_, i) => (exists[i >> 1] === 1 ? Math.sin(i) : padding)),
      ),
      mask: tensorValue('bool', [batch, set], exists),
    })
  const [clean, padded] = [of(0), of(Number.NaN)]
  expect(padded.running).toEqual(clean.running)
  const kept = (values: ReturnType<typeof evaluate>): number[] =>
    Array.from(values.y?.data ?? [], Number).filter((_, i) => exists[i >> 1] === 1)
  expect(kept(padded)).toEqual(kept(clean))
  expect(kept(padded).every(Number.isFinite)).toBe(true)
})
