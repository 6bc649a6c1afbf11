import { evaluate, input, program, softmax, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { Convolution, CyclicConvolution, circularSoftArgmax, LiftingConvolution, SpatialPooling } from '../src/index.ts'
import { feedsOf, layerProgram } from './programs.ts'

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const mod = (a: number, n: number): number => ((a % n) + n) % n
const messageOf = (run: () => unknown): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('sizes are valid if the last window ends at the border, or if the stride divides the torus; the error names the nearest', () => {
  const channels = { inChannels: 1, outChannels: 1 }
  test.each(
    upTo(1, 4).flatMap((kernel) => upTo(1, 4).flatMap((stride) => upTo(0, 2).map((padding) => [kernel, stride, padding] as const))),
  )('kernel %i, stride %i, padding %i', (kernel, stride, padding) => {
    for (const dilation of [1, 2]) {
      const extent = dilation * (kernel - 1) + 1
      const layer = new LiftingConvolution({ ...channels, group: 'pm', kernel, stride, padding, dilation })
      const fits = (n: number): boolean => n >= Math.max(1, extent - 2 * padding) && mod(n + 2 * padding - extent, stride) === 0
      for (const n of upTo(Math.max(1, extent - 2 * padding), 12)) {
        const message = messageOf(() => layer.forward(input('x', 'float32', [1, 1, n, n])))
        const [below] = upTo(1, n).filter(fits).slice(-1)
        const above = upTo(n, n + stride).find(fits)
        const nearest = [below, above].filter((each) => each !== undefined && each > 0).join(' or ')
        const expected = fits(n)
          ? undefined
          : `LiftingConvolution: expected a size of ${nearest} along spatial axis 0, for which windows of stride ${stride} lie symmetrically, received ${n}. Crop or pad the signal, because other sizes would break equivariance.`
        expect(message, `dilation ${dilation}, size ${n}`).toBe(expected)
      }
    }
  })
  test.each(upTo(1, 5))('on the torus with stride %i', (stride) => {
    const layer = new CyclicConvolution({ ...channels, dimensions: 2, kernel: 1, stride: [1, stride] })
    for (const n of upTo(1, 11)) {
      const nearest = [n - (n % stride), n - (n % stride) + stride].filter((each) => each > 0).join(' or ')
      const expected =
        n % stride === 0
          ? undefined
          : `CyclicConvolution: expected a size of ${nearest} along spatial axis 1, for which windows of stride ${stride} fit the torus, received ${n}. Crop or pad the signal, because other sizes would break equivariance.`
      expect(messageOf(() => layer.forward(input('x', 'float32', [1, 1, 3, n])))).toBe(expected)
    }
  })
  test.each(upTo(1, 5).flatMap((kernel) => upTo(1, 4).map((stride) => [kernel, stride] as const)))(
    'of kernel %i and stride %i, padding `same` is symmetric or refused',
    (kernel, stride) => {
      const make = (): unknown => new SpatialPooling({ kernel, stride, padding: 'same', group: 'pm', dimensions: 1 })
      const parity = stride % 2 === 0 ? 'even' : 'odd'
      const expected =
        kernel >= stride && (kernel - stride) % 2 === 0
          ? undefined
          : `SpatialPooling: expected a window that reflections map to itself, of extent ${stride}, ${stride + 2}, ... for stride ${stride} (dilation (kernel - 1) + 1), received ${kernel}. Use a kernel of ${parity} extent of at least ${stride}, or padding valid.`
      expect(messageOf(make)).toBe(expected)
    },
  )
})

/** The values of y[o, t] = b_o + sum over c, k of x[c, position(t, k)] weight[o, c, k], where a position outside of the signal reads 0. */
function slow(
  layer: Convolution | CyclicConvolution,
  feeds: Record<string, TensorValue>,
  outputs: number,
  position: (t: number, k: number) => number,
): number[] {
  const [outChannels, inChannels, kernel] = layer.weight.sizes as [number, number, number]
  const length = feeds.x?.shape[2] as number
  const at = (name: string, i: number): number => Number(feeds[name]?.data[i] ?? 0)
  return upTo(0, outChannels - 1).flatMap((o) =>
    upTo(0, outputs - 1).map((t) => {
      let sum = at('bias', o)
      for (let c = 0; c < inChannels; c++)
        for (let k = 0; k < kernel; k++) sum += at('x', c * length + position(t, k)) * at('weight', (o * inChannels + c) * kernel + k)
      return sum
    }),
  )
}

describe('outputs agree with a loop over the positions of each window', () => {
  const channels = { dimensions: 1, inChannels: 2, outChannels: 3 } as const
  const expectSame = (layer: Convolution | CyclicConvolution, length: number, position: (t: number, k: number) => number): void => {
    const feeds = feedsOf(layer, [1, 2, length])
    const { shape, data } = evaluate(layerProgram(layer, [1, 2, length]), feeds).y as { shape: readonly number[]; data: Float64Array }
    const padded = Object.fromEntries(
      Object.entries(feeds).map(([name, value]) =>
        name === 'x' ? [name, { ...value, shape: [1, 2, length + 1], data: withZero(value.data as Float32Array, length) }] : [name, value],
      ),
    )
    const expected = slow(layer, padded, shape[2] as number, (t, k) => {
      const at = position(t, k)
      return at < 0 || at >= length ? length : at
    })
    expect([...data]).toEqual(expected.map((v) => expect.closeTo(v, 10)))
  }
  test.each(upTo(1, 4).flatMap((kernel) => [1, 2, 3].flatMap((stride) => [1, 2].map((dilation) => [kernel, stride, dilation] as const))))(
    'kernel %i, stride %i, dilation %i',
    (kernel, stride, dilation) => {
      const total = dilation * (kernel - 1)
      const sizes = { ...channels, kernel, stride, dilation }
      for (const padding of [0, 1, 2]) expectSame(new Convolution({ ...sizes, padding }), 9, (t, k) => stride * t + dilation * k - padding)
      expectSame(new Convolution({ ...sizes, padding: 'same' }), 9, (t, k) => stride * t + dilation * k - Math.floor(total / 2))
      const wrapped = new Convolution({ ...sizes, padding: 'same', paddingMode: 'wrap' })
      expectSame(wrapped, 9, (t, k) => mod(stride * t + dilation * k - Math.floor(total / 2), 9))
      const edge = new Convolution({ ...sizes, padding: 'same', paddingMode: 'edge' })
      expectSame(edge, 9, (t, k) => Math.min(8, Math.max(0, stride * t + dilation * k - Math.floor(total / 2))))
      expectSame(new CyclicConvolution(sizes), 6, (t, k) => mod(stride * t + dilation * (k - Math.floor(kernel / 2)), 6))
    },
  )
})

/** Rows of a signal, each followed by a 0. */
const withZero = (data: Float32Array, length: number): Float64Array =>
  Float64Array.from({ length: (data.length / length) * (length + 1) }, (_, i) =>
    i % (length + 1) === length ? 0 : (data[Math.floor(i / (length + 1)) * length + (i % (length + 1))] as number),
  )

test('the circular mean is the angle from -pi to pi of the mean vector, in every quadrant', () => {
  const n = 16
  const scores = input('scores', 'float32', [n, n])
  const p = program({ inputs: { scores }, outputs: { mean: circularSoftArgmax(scores), weights: softmax(scores) } })
  // Row i has its largest weight at angle i, and another one beside it.
  const data = Float64Array.from({ length: n * n }, (_, at) => [0, 4, 3][mod((at % n) - Math.floor(at / n) + 1, n)] ?? 0)
  const { mean, weights } = evaluate(p, { scores: { dtype: 'float32', shape: [n, n], data } })
  for (let i = 0; i < n; i++) {
    const along = (f: (angle: number) => number): number =>
      upTo(0, n - 1).reduce((sum, k) => sum + (weights?.data[i * n + k] as number) * f(-Math.PI + (2 * Math.PI * k) / n), 0)
    expect(mean?.data[i]).toBeCloseTo(Math.atan2(along(Math.sin), along(Math.cos)), 12)
  }
})
