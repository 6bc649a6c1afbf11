import { evaluate, input, program, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  besselBasis,
  cosineCutoff,
  gaussianBasis,
  polynomialCutoff,
  type RadialBasisName,
  radialBasis,
  smoothCutoff,
} from '../src/index.ts'

const at = [0, 0.25, 0.7, 1, 1.3, 1.75, 1.999, 2, 2.001, 2.6]
const d = input('d', 'float32', [at.length])
const values = (y: Tensor): number[] => [
  ...(evaluate(program({ inputs: { d }, outputs: { y } }), { d: { dtype: 'float32', shape: [at.length], data: Float64Array.from(at) } }).y
    ?.data ?? []),
]
const close = (y: Tensor, expected: readonly number[]): void =>
  expect(values(y)).toEqual(expected.map((v) => expect.closeTo(v, 12) as unknown as number))

describe('cutoffs agree with their formulas, at the radius and beyond', () => {
  const radius = 2
  const within = (f: (x: number) => number): number[] => at.map((r) => (r < radius ? f(r / radius) : 0))
  test('cosine, smooth', () => {
    close(
      cosineCutoff(d, radius),
      within((x) => (Math.cos(Math.PI * x) + 1) / 2),
    )
    close(
      smoothCutoff(d, radius),
      within((x) => Math.exp(1 - 1 / (1 - x * x))),
    )
  })
  test.each([2, 3, 5, 6, 9])('polynomial of power %i', (p) => {
    close(
      polynomialCutoff(d, radius, { power: p }),
      within((x) => 1 - ((p + 1) * (p + 2) * x ** p) / 2 + p * (p + 2) * x ** (p + 1) - (p * (p + 1) * x ** (p + 2)) / 2),
    )
  })
})

describe('bases agree with their formulas', () => {
  const [start, end] = [0.5, 2]
  const bump = (u: number): number => (u > 0 ? Math.exp(-1 / u) : 0)
  const centred: Record<'gaussian' | 'cosine' | 'smoothFinite', (u: number) => number> = {
    gaussian: (u) => Math.exp(-u * u) / 1.12,
    cosine: (u) => (Math.abs(u) < 1 ? Math.cos((Math.PI * u) / 2) : 0),
    smoothFinite: (u) => 1.14136 * Math.exp(2) * bump(u + 1) * bump(1 - u),
  }
  const inner = (r: number): boolean => r > start && r < end
  test.each([1, 2, 5].flatMap((count) => [true, false].map((cutoff) => [count, cutoff] as const)))(
    '%i functions, cutoff %s',
    (count, cutoff) => {
      const of = (basis: RadialBasisName): Tensor => radialBasis(d, { basis, start, end, count, cutoff })
      const all = (f: (r: number, k: number) => number): number[] => at.flatMap((r) => Array.from({ length: count }, (_, k) => f(r, k)))
      const step = (end - start) / (cutoff ? count + 1 : Math.max(1, count - 1))
      for (const [name, f] of Object.entries(centred))
        close(
          of(name as RadialBasisName),
          all((r, k) => f((r - start) / step - k - Number(cutoff))),
        )
      const length = end - start
      close(
        of('bessel'),
        all((r, k) => {
          if (cutoff && !inner(r)) return 0
          const frequency = ((k + 1) * Math.PI) / length
          return Math.sqrt(2 / length) * (r > start ? Math.sin(frequency * (r - start)) / (r - start) : frequency)
        }),
      )
      const scale = 1 / Math.sqrt(0.25 + count / 2)
      close(
        of('fourier'),
        all((r, k) => {
          const u = (r - start) / length
          return cutoff ? (inner(r) ? scale * Math.sin((k + 1) * Math.PI * u) : 0) : scale * Math.cos(k * Math.PI * u)
        }),
      )
      close(
        gaussianBasis(d, { radius: end, count }),
        all((r, k) => {
          const width = end / Math.max(1, count - 1)
          return Math.exp(-(((r - k * width) / width) ** 2) / 2)
        }),
      )
      close(
        besselBasis(d, { radius: end, count }),
        all((r, k) => (r > 0 ? Math.sin(((k + 1) * Math.PI * r) / end) / r : ((k + 1) * Math.PI) / end)),
      )
    },
  )
})
