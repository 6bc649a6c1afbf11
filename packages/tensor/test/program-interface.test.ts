import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { arithmeticIdentities } from '../src/passes/arithmetic-identities.ts'
import { dropExpansions } from '../src/passes/drop-expansions.ts'
import { foldConstants } from '../src/passes/fold-constants.ts'
import { mergeEqualNodes } from '../src/passes/merge-equal-nodes.ts'
import { mergeFactors } from '../src/passes/merge-factors.ts'
import { mergeRearrangements } from '../src/passes/merge-rearrangements.ts'
import { pointsAsRows } from '../src/passes/points-as-rows.ts'

const x = t.input('x', 'float32', ['n', 3])
const size = t.input('size', 'int64', [], { binds: 'm' })
const p = t.program({ inputs: [x, size], outputs: { y: t.exp(x), at: t.range('m') }, metadata: { made: 'here' } })
const value = (n: number): t.TensorValue => t.tensorValue('float32', [n, 3], new Float32Array(3 * n))
const count = (m: number): t.TensorValue => t.tensorValue('int64', [], [m])
const entries = (binding: t.Binding): [string, number][] => [...binding].sort()

describe('feeds', () => {
  test('symbols are solved for once for each new set of shapes and sizes', () => {
    const check = new t.FeedCheck(p)
    const first = check.check({ x: value(2), size: count(5) })
    expect(entries(first)).toEqual([
      ['m', 5],
      ['n', 2],
    ])
    expect(check.check({ x: value(2), size: count(5) })).toBe(first)
    const second = check.check({ x: value(2), size: count(4) })
    expect(entries(second)).toEqual([
      ['m', 4],
      ['n', 2],
    ])
    expect(entries(check.check({ x: value(3), size: count(4) }))).toEqual([
      ['m', 4],
      ['n', 3],
    ])
    expect(entries(second)).toEqual([
      ['m', 4],
      ['n', 2],
    ])
  })

  test('inputs that became constants are not fed, but tell their sizes', () => {
    const check = new t.FeedCheck(p, { fixed: { x: [7, 3] } })
    expect(entries(check.check({ size: count(1) }))).toEqual([
      ['m', 1],
      ['n', 7],
    ])
    expect(() => check.check({})).toThrow('run: the input "size" int64 [] is missing.')
    expect(() => new t.FeedCheck(p, { where: 'evaluate', fixed: { x: [7, 3] } }).check({})).toThrow('evaluate: the input "size"')
  })

  test('tensors on a device are taken as they are', () => {
    const onDevice: t.DeviceTensor = { dtype: 'float32', shape: [4, 3], data: async () => new Float32Array(0), dispose: () => undefined }
    expect(entries(new t.FeedCheck(p).check({ x: onDevice, size: count(1) }))).toEqual([
      ['m', 1],
      ['n', 4],
    ])
    expect(() => new t.FeedCheck(p).check({ x: { ...onDevice, dtype: 'int64' }, size: count(1) })).toThrow(
      'run: expected input "x" of type float32, received int64.',
    )
  })

  test('sizes that follow from each other are found in any order', () => {
    const [a, b] = [t.input('a', 'float32', [t.times(t.symbol('n'), t.symbol('m'))]), t.input('b', 'float32', ['m'])]
    const q = t.program({ inputs: [a, b], outputs: {} })
    expect(entries(q.bind({ a: [6], b: [2] }))).toEqual([
      ['m', 2],
      ['n', 3],
    ])
    expect(() => q.bind({ a: [7], b: [2] })).toThrow('run: input "a", axis 0: no value of n makes m*n equal 7.')
    const third = t.program({ inputs: [a, b, t.input('c', 'float32', ['n'])], outputs: {} })
    expect(() => third.bind({ a: [7], b: [2], c: [3] })).toThrow(
      'run: input "a", axis 0: expected size m*n = 6, as other inputs say, received 7.',
    )
    expect(entries(p.bind({ x: [2, 3], size: [] }, { size: 9 }))).toEqual([
      ['m', 9],
      ['n', 2],
    ])
  })
})

describe('Programs', () => {
  test('keep what they were made of', () => {
    expect(p.inputs.map(({ name }) => name)).toEqual(['x', 'size'])
    expect(p.outputs.map(({ name }) => name)).toEqual(['y', 'at'])
    expect(p.nodes.map(({ operator }) => operator.name)).toEqual(['Exp', 'Range'])
    expect(p.metadata).toEqual({ made: 'here' })
    expect(t.program({ inputs: [x], outputs: {} }).metadata).toEqual({})
    expect([...p.symbols].sort()).toEqual(['m', 'n'])
    expect(t.program({ inputs: { other: x }, outputs: {} }).inputs[0]?.name).toBe('other')
  })

  test('with other outputs have the same inputs, names and text', () => {
    const tensors = p.outputs.map(({ tensor }) => tensor)
    expect(p.withOutputs(tensors)).toBe(p)
    const other = p.withOutputs([t.sin(x), tensors[1] as t.Tensor])
    expect(other.outputs.map(({ name, tensor }) => `${name} ${tensor}`)).toEqual(['y Sin float32 [n, 3]', 'at Range int64 [m]'])
    expect([other.inputs, other.metadata]).toEqual([p.inputs, p.metadata])
  })
})

describe('derivatives', () => {
  test('one for each tensor that is asked for, in its place', () => {
    const [a, b] = [t.input('a', 'float32', [2]), t.input('b', 'float32', [2])]
    const y = t.exp(a)
    const loss = t.reduceSum(t.mul(t.mul(y, b), t.constant([1, 2])))
    const [byB, byA, byY] = t.differentiate(loss, [b, a, y]) as [t.Tensor, t.Tensor, t.Tensor]
    const q = t.program({ inputs: [a, b], outputs: { byA, byB, byY, alone: t.differentiate(loss, a) } })
    const feeds = { a: t.tensorValue('float32', [2], [0, 0]), b: t.tensorValue('float32', [2], [3, 5]) }
    const numbers = Object.fromEntries(Object.entries(t.evaluate(q, feeds)).map(([name, { data }]) => [name, [...data]]))
    expect(numbers).toEqual({ byA: [3, 10], byB: [1, 2], byY: [3, 10], alone: [3, 10] })
  })

  test('several outputs, each with its cotangent; an output may be what is differentiated by', () => {
    const a = t.input('a', 'float32', [2])
    const [top, bottom] = [t.topK(a, 1), t.split(a, [1, 1], 0)]
    const gradients = t.vectorJacobianProduct(
      [
        { output: top.values, cotangent: t.constant([10]) },
        { output: bottom[1] as t.Tensor, cotangent: t.constant([1]) },
        { output: a, cotangent: t.constant([100, 200]) },
      ],
      [a],
    )
    const q = t.program({ inputs: [a], outputs: { g: gradients[0] as t.Tensor } })
    expect([...(t.evaluate(q, { a: t.tensorValue('float32', [2], [7, 3]) }).g?.data ?? [])]).toEqual([110, 201])
  })

  test('losses of one element in any shape, and of float16', () => {
    const a = t.input('a', 'float16', [1, 1])
    expect(String(t.differentiate(t.mul(a, 3), a).dtype)).toBe('float16')
    expect(() => t.differentiate(t.input('b', 'float32', [1, 2]), a)).toThrow('received float32 [1, 2]')
  })
})

describe('passes are known by name', () => {
  test('of the plain target, in order', () => {
    expect(t.plainTarget.name).toBe('plain')
    expect(t.plainTarget.passes.map(({ name }) => name)).toEqual([
      'known-places-without-sums',
      'simplify',
      'pool-before-relu',
      'circular-input-gradients',
      'convolution-gradients',
      'max-pool-gradients',
      'simplify',
      'known-places-without-sums',
      'circular-padding',
      'bias-into-convolution',
      'sums-onto-terms',
    ])
  })

  test('of groups, and those of other targets', () => {
    const inside = (pass: t.Pass): string[] => ('passes' in pass ? (pass as t.PassGroup).passes.map(({ name }) => name) : [])
    expect(inside(t.simplify)).toEqual(['merge-equal-nodes', 'rewrite'])
    expect(t.simplify.passes.flatMap(inside)).toEqual([
      'fold-constants',
      'arithmetic-identities',
      'merge-factors',
      'merge-rearrangements',
      'points-as-rows',
      'drop-expansions',
    ])
    expect(t.afterGradients.flatMap(inside)).toEqual(['merge-equal-nodes', 'rewrite', 'merge-circular-padding', 'simplify'])
    const others = [foldConstants, arithmeticIdentities, mergeFactors, mergeRearrangements, pointsAsRows, dropExpansions, mergeEqualNodes]
    expect(others.map(({ name }) => name).sort()).toEqual([
      'arithmetic-identities',
      'drop-expansions',
      'fold-constants',
      'merge-equal-nodes',
      'merge-factors',
      'merge-rearrangements',
      'points-as-rows',
    ])
    const more = [t.smallTermsFirst, t.loopInvariants, t.diagonalsAtPlaces, t.microBatches({ size: 2 })]
    expect(more.map(({ name }) => name)).toEqual(['small-terms-first', 'loop-invariants', 'diagonals-at-places', 'micro-batches'])
  })
})
