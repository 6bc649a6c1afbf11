import { initialize, trace } from '@equivar/nn'
import { evaluate, input, mul, program, Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  coupling,
  Features,
  features,
  Gate,
  Irrep,
  Irreps,
  IrrepsDropout,
  irreps,
  scalarActivation,
  secondMomentFactor,
  TensorProduct,
} from '../src/index.ts'
import { randomOrthogonal } from './space.ts'

const product = (a: Float64Array, b: Float64Array, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0
    for (let k = 0; k < n; k++) sum += (a[Math.floor(at / n) * n + k] as number) * (b[k * n + (at % n)] as number)
    return sum
  })

describe('irreps', () => {
  test.each(['', '1x0e', '16x0e + 8x1o + 4x2e', '0x1o + 2x12e'])('"%s" is printed as it was read', (text) => {
    expect(irreps(text).toString()).toBe(text)
  })

  test('short forms, spaces and counts', () => {
    const given = irreps(' 0e+ 3 x 1o +2e ')
    expect(given.toString()).toBe('1x0e + 3x1o + 1x2e')
    expect([given.dimension, given.count, given.largestDegree, irreps('').largestDegree]).toEqual([15, 5, 2, -1])
    expect(given.offsets()).toEqual([0, 1, 10])
    expect(given.countOf(new Irrep(1, -1))).toBe(3)
  })

  test('sorted with odd before even, joined, regrouped, multiplied', () => {
    expect(irreps('1e + 0e + 1o + 0o + 2x1e').sorted().irreps.toString()).toBe('1x0o + 1x0e + 1x1o + 1x1e + 2x1e')
    expect(irreps('1e + 0e + 1o').sorted().from).toEqual([1, 2, 0])
    expect(irreps('2x0e + 3x0e + 0x1o + 0e').simplified().toString()).toBe('6x0e')
    expect(irreps('1o + 0e + 1o').regrouped().toString()).toBe('1x0e + 2x1o')
    expect(irreps('2x1o').times(irreps('1o + 0o')).toString()).toBe('2x0e + 4x1e + 2x2e')
  })

  test.each([
    ['1x', 'received "1x" in "1x"'],
    ['1x0e + 2a', 'received "2a"'],
    ['-1x0e', 'received "-1x0e"'],
    ['1x33e', 'degrees up to 32'],
    ['1x0e,1x1o', 'received "1x0e,1x1o"'],
    ['99999999x0e', 'expected multiplicities from 0 to 16777216'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => irreps(text)).toThrow(message)
  })

  test('wrong degrees, parities and texts', () => {
    expect(() => new Irrep(-1, 1)).toThrow('Irrep: expected a degree from 0 to 32, received -1.')
    expect(() => new Irrep(1, 0 as never)).toThrow('Irrep: expected the parity 1 or -1, received 0.')
    expect(() => new Irreps([{ multiplicity: 1.5, irrep: new Irrep(0, 1) }])).toThrow('received 1.5')
    expect(() => irreps('0e+'.repeat(5000))).toThrow('expected at most 10000 characters')
    expect(() => irreps(3 as never)).toThrow('received number')
  })

  test('matrices are a representation: products, inverses, inversion', () => {
    const random = new Random({ seed: 3 })
    for (let l = 0; l <= 6; l++)
      for (const parity of [1, -1] as const) {
        const irrep = new Irrep(l, parity)
        const n = irrep.dimension
        const [q, r] = [randomOrthogonal(random, l % 2 === 0), randomOrthogonal(random, false)]
        const [both, apart] = [irrep.matrix(product(q, r, 3)), product(irrep.matrix(q), irrep.matrix(r), n)]
        for (const [i, value] of both.entries()) expect(value).toBeCloseTo(apart[i] as number, 11)
        const inversion = irrep.matrix([-1, 0, 0, 0, -1, 0, 0, 0, -1])
        for (let i = 0; i < n * n; i++) expect(inversion[i]).toBeCloseTo(i % (n + 1) === 0 ? parity : 0, 12)
      }
    const q = randomOrthogonal(random, false)
    expect([...new Irrep(1, -1).matrix(q)].map((x) => x.toFixed(12))).toEqual([...q].map((x) => x.toFixed(12)))
  })
})

test('couplings do not change under rotations, have norm 1, and are symmetric up to the sign', () => {
  const random = new Random({ seed: 4 })
  for (const [l1, l2, l3] of [
    [1, 1, 2],
    [2, 3, 2],
    [3, 1, 3],
    [4, 2, 5],
    [2, 2, 3],
  ] as [number, number, number][]) {
    const [n1, n2, n3] = [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1]
    const w = coupling(l1, l2, l3)
    expect(w.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12)
    const q = randomOrthogonal(random, true)
    const [d1, d2, d3] = [l1, l2, l3].map((l) => new Irrep(l, 1).matrix(q)) as [Float64Array, Float64Array, Float64Array]
    for (let a = 0; a < n1; a++)
      for (let b = 0; b < n2; b++)
        for (let c = 0; c < n3; c++) {
          let sum = 0
          for (let i = 0; i < n1; i++)
            for (let j = 0; j < n2; j++)
              for (let k = 0; k < n3; k++)
                sum +=
                  (d1[a * n1 + i] as number) *
                  (d2[b * n2 + j] as number) *
                  (d3[c * n3 + k] as number) *
                  (w[(i * n2 + j) * n3 + k] as number)
          expect(sum).toBeCloseTo(w[(a * n2 + b) * n3 + c] as number, 11)
          const sign = (l1 + l2 + l3) % 2 === 0 ? 1 : -1
          expect(coupling(l2, l1, l3)[(b * n1 + a) * n3 + c]).toBeCloseTo(sign * (w[(a * n2 + b) * n3 + c] as number), 12)
        }
  }
  expect(coupling(1, 1, 3).every((x) => x === 0)).toBe(true)
})

describe('features', () => {
  test('the flat order is that of e3nn: copy by copy, and back', () => {
    const x = input('x', 'float32', [2, 10])
    const given = features(x, '1x0e + 3x1o')
    expect(given.blocks.map(({ shape }) => shape)).toEqual([
      [2, 1, 1],
      [2, 3, 3],
    ])
    const data = Float64Array.from({ length: 20 }, (_, i) => i)
    const values = evaluate(program({ inputs: [x], outputs: { flat: given.flat(), block: given.blocks[1] as never } }), {
      x: { dtype: 'float32', shape: [2, 10], data },
    })
    expect([...(values.flat?.data ?? [])]).toEqual([...data])
    expect([...(values.block?.data ?? [])].slice(0, 9)).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9])
  })

  test('copies are put into other summands, and wrong ones refused', () => {
    const x = features(input('x', 'float32', ['n', 15]), '4x1o + 3x0e')
    expect(x.cut(irreps('1x1o + 3x1o + 0x2e + 2x0e + 1x0e')).irreps.dimension).toBe(15)
    expect(() => x.cut(irreps('3x0e + 4x1o'))).toThrow('Features.cut: expected the copies of 4x1o + 3x0e, received 3x0e + 4x1o.')
    expect(() => features(input('x', 'float32', ['n', 4]), '1o')).toThrow('features: expected [..., 3] for 1x1o, received [n, 4].')
    expect(() => new Features('1o', [])).toThrow('Features: expected 1 blocks for 1x1o, received 0.')
    expect(() => new Features('2x1o', [input('x', 'float32', ['n', 2, 3])])).toThrow('expected [..., 3, 2] for 2x1o')
  })
})

test('dropout of whole copies: all components of a copy at a point together', () => {
  const layer = new IrrepsDropout({ rate: 0.5 })
  const x = input('x', 'float32', [40, 6])
  const seed = input('seed', 'int64', [])
  const { result } = trace({ training: true, seed }, () => layer.forward(features(x, '2x1o')).flat())
  const { y } = evaluate(program({ inputs: { x, seed }, outputs: { y: result } }), {
    x: { dtype: 'float32', shape: [40, 6], data: new Float64Array(240).fill(1) },
    seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(1n) },
  })
  const copies = Array.from({ length: 80 }, (_, c) => [...(y?.data.slice(3 * c, 3 * c + 3) ?? [])].map(Number))
  for (const [a, b, c] of copies) expect([b, c]).toEqual([a, a])
  const kept = copies.filter(([a]) => a !== 0)
  expect(kept.length).toBeGreaterThan(20)
  expect(kept.length).toBeLessThan(60)
  for (const [a] of kept) expect(a).toBeCloseTo(2, 2)
  expect(layer.forward(features(x, '2x1o')).blocks).toHaveLength(1)
  expect(initialize(layer, 1)).toEqual({})
})

describe('what is refused', () => {
  test('gates', () => {
    expect(() => new Gate({ scalars: '1x0o', scalarActivations: ['silu'], gated: '' })).toThrow(
      'even or odd activation for the pseudoscalars',
    )
    expect(() => new Gate({ scalars: '1x1o', gated: '' })).toThrow('Gate: expected scalars of degree 0, received 1x1o.')
    expect(() => new Gate({ scalars: '1x0e', gates: '1x0e', gated: '2x1o' })).toThrow(
      'one gate for each of the 2 copies of 2x1o, received 1',
    )
    expect(() => new Gate({ scalars: '1x0e', scalarActivations: [], gated: '' })).toThrow('expected 1 activations of scalars')
  })

  test('paths', () => {
    const options = { first: '1x1o', second: '1x1o', output: '1x1o' }
    const path = { first: 0, second: 0, output: 0, mode: 'uvw' as const, weighted: true }
    expect(() => new TensorProduct({ ...options, paths: [path] })).toThrow(
      'expected an output that 1o x 1o has, received the path (0, 0, 0, uvw) to 1o.',
    )
    expect(() => new TensorProduct({ ...options, paths: [{ ...path, first: 1 }] })).toThrow('expected paths between summands of 1x1o')
    const even = { ...options, output: '2x1e' }
    expect(() => new TensorProduct({ ...even, paths: [{ ...path, mode: 'uvu' }] })).toThrow('expected as many copies as uvu joins')
    expect(() => new TensorProduct({ ...even, paths: [{ ...path, weighted: false }] })).toThrow('expected weights on a path uvw')
  })

  test('weights', () => {
    const product = new TensorProduct({
      first: '1x1o',
      second: '1x1o',
      output: '1x0e',
      weights: 'given',
      paths: [{ first: 0, second: 0, output: 0, mode: 'uvw', weighted: true }],
    })
    const x = features(input('x', 'float32', ['n', 3]), '1o')
    expect(() => product.forward(x, x)).toThrow('TensorProduct.forward: expected weights [..., 1], received none.')
  })
})

/** The integral of f^2 over the standard normal density by Simpson's rule on a finer grid. */
function secondMoment(f: (x: number) => number): number {
  const [n, width] = [40_000, 14]
  const h = (2 * width) / n
  let sum = 0
  for (let i = 0; i <= n; i++) {
    const x = -width + i * h
    sum += (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2) * f(x) ** 2 * Math.exp((-x * x) / 2)
  }
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI)
}

test.each([
  ['abs', Math.abs],
  ['tanh', Math.tanh],
  ['sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
  ['silu', (x: number) => x / (1 + Math.exp(-x))],
  ['relu', (x: number) => Math.max(x, 0)],
  ['identity', (x: number) => x],
] as const)('%s is scaled to keep the second moment', (name, f) => {
  const x = input('x', 'float32', [1])
  const { y } = evaluate(program({ inputs: [x], outputs: { y: scalarActivation(name).apply(x) } }), {
    x: { dtype: 'float32', shape: [1], data: Float64Array.of(0.7) },
  })
  expect((y?.data[0] as number) / f(0.7)).toBeCloseTo(1 / Math.sqrt(secondMoment(f)), 6)
})

test("the factor of a function of one's own", () => {
  expect(secondMomentFactor((x) => mul(x, 3))).toBeCloseTo(1 / 3, 10)
})
