import { initialize, type Module, parametersOf, trace } from '@equivar/nn'
import { abs, evaluate, type Input, input, mul, program, Random, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  ElementwiseTensorProduct,
  Features,
  FullyConnectedTensorProduct,
  features,
  Gate,
  Irrep,
  IrrepsBatchNorm,
  IrrepsLayerNorm,
  IrrepsLinear,
  irreps,
  NormActivation,
  reachableGate,
  scalarActivation,
  TensorProduct,
} from '../src/index.ts'

const random = new Random({ seed: 9, stream: 'empty summands' })
const NODES = 4
const x = input('x', 'float32', [NODES, 11])
const data = Float64Array.from({ length: NODES * 11 }, () => random.normal())

/** The numbers of some features, with random parameters; those of summands without copies hold no numbers. */
function valuesOf(module: Module | undefined, y: Features | Tensor): number[] {
  const parameters = module === undefined ? new Map<string, Input>() : parametersOf(module)
  const drawn = module === undefined ? {} : initialize(module, 1)
  const own = new Random({ seed: 10, stream: 'parameters' })
  const named = Object.keys(drawn).map((path): [string, TensorValue] => {
    const { shape, dtype, data: given } = drawn[path] as TensorValue
    return [path, { shape, dtype, data: Float64Array.from(toNumbers(given), () => 0.3 + own.uniform()) }]
  })
  const outputs = { y: y instanceof Features ? y.flat() : y }
  return [
    ...(evaluate(program({ inputs: { x, ...Object.fromEntries(parameters) }, outputs }), {
      x: { dtype: 'float32', shape: [NODES, 11], data },
      ...Object.fromEntries(named),
    }).y?.data ?? []),
  ]
}

const PLAIN = '3x0e + 1x1o + 1x2e'
const WITH = '0x0e + 3x0e + 0x1e + 1x1o + 0x0o + 1x2e + 0x3o'

describe('summands without copies change nothing', () => {
  const both = (run: (kinds: string) => [Module, Features]): void => {
    const [plain, other] = [run(PLAIN), run(WITH)]
    expect(valuesOf(...other)).toEqual(valuesOf(...plain))
    expect(other[1].irreps.simplified().toString()).toBe(plain[1].irreps.simplified().toString())
  }
  const of = <M extends Module & { forward(x: Features): Features }>(make: (kinds: string) => M) =>
    both((kinds) => {
      const module = make(kinds)
      return [module, module.forward(features(x, kinds))]
    })
  test('in IrrepsLinear', () => {
    of((kinds) => new IrrepsLinear({ input: kinds, output: '2x1o + 2x0e', bias: true }))
    both((kinds) => {
      const layer = new IrrepsLinear({ input: PLAIN, output: kinds })
      return [layer, layer.forward(features(x, PLAIN))]
    })
  })
  test.each([true, false])('in norms, affine %s', (affine) => {
    for (const normalization of ['component', 'norm'] as const) {
      of((kinds) => new IrrepsLayerNorm({ irreps: kinds, affine, normalization }))
      of((kinds) => new IrrepsBatchNorm({ irreps: kinds, affine, normalization }))
      of((kinds) => new IrrepsBatchNorm({ irreps: kinds, affine, normalization, instance: true }))
      both((kinds) => {
        const layer = new IrrepsBatchNorm({ irreps: kinds, affine, normalization })
        return [layer, trace({ training: true }, () => layer.forward(features(x, kinds))).result]
      })
    }
  })
  test('in NormActivation, gates and products', () => {
    of((kinds) => new NormActivation({ irreps: kinds }))
    both(() => {
      const gate = new Gate({ scalars: '1x0e + 0x0o', gates: '2x0e', gated: '1x1o + 0x3o + 1x2e' })
      return [gate, gate.forward(features(x, PLAIN).cut(gate.input))]
    })
    both((kinds) => {
      const product = new FullyConnectedTensorProduct({ first: kinds, second: PLAIN, output: '2x0e + 1x1o' })
      return [product, product.forward(features(x, kinds), features(x, PLAIN))]
    })
    both((kinds) => {
      const product = new FullyConnectedTensorProduct({ first: PLAIN, second: kinds, output: '2x0e + 1x1o' })
      return [product, product.forward(features(x, PLAIN), features(x, kinds))]
    })
    both((kinds) => {
      const product = new ElementwiseTensorProduct({ first: kinds, second: PLAIN })
      return [product, product.forward(features(x, kinds), features(x, PLAIN))]
    })
  })
})

test('features without summands', () => {
  const nothing = new Features('', [])
  expect([nothing.leading, nothing.flat().shape, nothing.irreps.dimension]).toEqual([[], [0], 0])
  expect(features(x, PLAIN).plus(nothing).irreps.toString()).toBe('3x0e + 1x1o + 1x2e')
  expect(new TensorProduct({ first: PLAIN, second: PLAIN, output: '2x5o', paths: [] }).weightCount).toBe(0)
  const y = new TensorProduct({ first: PLAIN, second: PLAIN, output: '2x1o', paths: [] }).forward(features(x, PLAIN), features(x, PLAIN))
  expect(valuesOf(undefined, y)).toEqual(new Array(NODES * 6).fill(0))
})

test('outputs of a kind that no input has are 0, or their bias', () => {
  const layer = new IrrepsLinear({ input: '11x0o', output: '2x0e + 1x1o', bias: true })
  const values = valuesOf(layer, layer.forward(features(x, '11x0o')))
  expect(values.slice(0, 2).every((v) => v > 0.3)).toBe(true)
  for (let node = 0; node < NODES; node++) expect(values.slice(5 * node, 5 * node + 5)).toEqual([...values.slice(0, 2), 0, 0, 0])
})

test('direct sums and sums of features', () => {
  const [a, b] = [features(x, PLAIN), features(mul(x, 2), WITH)]
  expect(valuesOf(undefined, a.add(b))).toEqual([...data].map((v) => expect.closeTo(3 * v, 12)))
  const both = a.plus(b, a)
  expect(both.irreps.toString()).toBe(`${PLAIN} + ${WITH} + ${PLAIN}`)
  const rows = valuesOf(undefined, both)
  for (let node = 0; node < NODES; node++) {
    const own = [...data.slice(11 * node, 11 * node + 11)]
    expect(rows.slice(33 * node, 33 * node + 33)).toEqual([...own, ...own.map((v) => 2 * v), ...own])
  }
})

test.each([
  ['tanh', 'odd'],
  ['softsign', 'odd'],
  ['identity', 'odd'],
  ['abs', 'even'],
  ['silu', 'neither'],
  ['sigmoid', 'neither'],
  [{ apply: abs }, 'neither'],
  [{ apply: abs, parity: 'even' }, 'even'],
] as const)('the parity of %j is %s, and decides what a gate makes of pseudoscalars', (activation, parity) => {
  expect(scalarActivation(activation).parity).toBe(parity)
  const outputOf = (scalars: string): string => new Gate({ scalars, scalarActivations: [activation], gated: '' }).output.toString()
  expect(outputOf('1x0e')).toBe('1x0e')
  if (parity !== 'neither') expect(outputOf('2x0o')).toBe(parity === 'even' ? '2x0e' : '2x0o')
  const gatedBy = (gates: string): string =>
    new Gate({ scalars: '', gates, gateActivations: [activation], gated: '2x1o' }).output.toString()
  expect(gatedBy('2x0e')).toBe('2x1o')
  if (parity !== 'neither') expect(gatedBy('2x0o')).toBe(parity === 'even' ? '2x1o' : '2x1e')
})

test('reachable gates keep what can be reached, with gates 0e if there are any, else 0o', () => {
  const kinds = (reachable: string, output: string): string[] => {
    const gate = reachableGate(irreps(reachable), irreps(output))
    return [gate.input.toString(), gate.output.toString()]
  }
  expect(kinds('1x0e + 1x1o', '2x0e + 3x0o + 2x1o + 1x2e')).toEqual(['4x0e + 2x1o', '2x0e + 2x1o'])
  expect(kinds('1x0o + 1x1o + 1x1e', '2x0e + 3x0o + 2x1o')).toEqual(['5x0o + 2x1o', '3x0o + 2x1e'])
  expect(kinds('1x0e', '2x0e')).toEqual(['2x0e', '2x0e'])
})

describe('irreps', () => {
  const all = [0, 1, 2, 3].flatMap((l) => [new Irrep(l, 1), new Irrep(l, -1)])
  test('times and isIn agree with the triangle inequality and the product of parities', () => {
    for (const a of all)
      for (const b of all) {
        const expected = all.filter(({ l, parity }) => parity === a.parity * b.parity && l >= Math.abs(a.l - b.l) && l <= a.l + b.l)
        expect(
          a
            .times(b)
            .filter(({ l }) => l <= 3)
            .map(String),
        ).toEqual(expected.map(String))
        expect(a.times(b).at(-1)?.l).toBe(a.l + b.l)
        for (const c of all) expect(c.isIn(a, b)).toBe(expected.includes(c))
      }
  })
  test('are equal if all summands are, in the same order', () => {
    expect(irreps('2x0e + 1x1o').equals(irreps('2x0e + 1x1o'))).toBe(true)
    for (const other of ['2x0e', '2x0e + 1x1o + 1x1o', '1x1o + 2x0e', '2x0e + 2x1o', '2x0o + 1x1o', '2x1e + 1x1o'])
      expect(irreps('2x0e + 1x1o').equals(irreps(other))).toBe(false)
    expect(all.map((a) => all.map((b) => a.equals(b)))).toEqual(all.map((_, i) => all.map((_, j) => i === j)))
    expect(all.filter(({ isScalar }) => isScalar).map(String)).toEqual(['0e'])
  })
})
