import { dimension, evaluate, input, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  agreementOf,
  blockNumbers,
  type Contraction,
  contractions,
  contractor,
  moebius,
  place,
  placements,
  type SetPartition,
  setPartitions,
  tupleMaps,
  widen,
} from '../src/tuples/index.ts'

const BELL = [1, 1, 2, 5, 15, 52, 203]
const random = new Random({ seed: 4, stream: 'tuples' })
const draw = (shape: number[]): TensorValue & { readonly data: Float64Array } => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const axes = <T>(count: number, n: T): T[] => Array.from({ length: count }, () => n)
/** All tuples of points; the last entry varies fastest. */
const tuplesOf = (length: number, n: number): number[][] =>
  Array.from({ length: n ** length }, (_, at) => axes(length, n).map((_, i) => Math.floor(at / n ** (length - 1 - i)) % n))
/** Whether positions in the same block have equal points. */
const agrees = (partition: SetPartition, points: readonly number[]): boolean =>
  partition.every((block) => block.every((place) => points[place] === points[block[0] as number]))
const run = (x: Tensor, y: Tensor, value: TensorValue): ArrayLike<number> =>
  evaluate(program({ inputs: { x: x as never }, outputs: { y } }), { x: value }).y?.data as Float64Array

describe('partitions', () => {
  test('there are Bell(n) distinct partitions, with ordered blocks', () => {
    for (const [size, bell] of BELL.entries()) {
      const all = setPartitions(size)
      expect(new Set(all.map((p) => JSON.stringify(p))).size).toBe(bell)
      for (const p of all) expect(p.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i))
    }
  })

  test('Moebius inversion recovers sums over exact agreement from sums over at least this agreement', () => {
    const all = setPartitions(5)
    const exactly = all.map(() => random.normal())
    const isCoarser = (coarse: SetPartition, fine: SetPartition): boolean => agrees(fine, blockNumbers(coarse))
    const atLeast = all.map((p) => all.reduce((sum, q, i) => sum + (isCoarser(q, p) ? (exactly[i] as number) : 0), 0))
    all.forEach((p, i) => {
      expect(all.reduce((sum, q, j) => sum + moebius(p, q) * (atLeast[j] as number), 0)).toBeCloseTo(exactly[i] as number, 12)
    })
  })

  test.each([11, -1, 1.5])('%f positions are refused', (size) => {
    expect(() => setPartitions(size)).toThrow(
      new RangeError(`setPartitions: expected the number of positions to be an integer from 0 to 10, received ${size}.`),
    )
  })

  test('10 positions are not too many', () => expect(setPartitions(10).length).toBe(115_975))
})

describe.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 1],
  [1, 3],
  [2, 3],
])('from order %i to order %i', (k, l) => {
  test('there are Bell(k + l) maps, each the sum over the tuples that agree with its partition', () => {
    const maps = tupleMaps(k, l)
    expect(new Set(maps.map((map) => JSON.stringify(agreementOf(map, l)))).size).toBe(BELL[k + l])
    for (const n of [1, 3]) {
      const [x, value] = [input('x', 'float32', [1, ...axes(k, n), 1]), draw([1, ...axes(k, n), 1])]
      const read = contractor(x, k)
      for (const map of maps) {
        const y = run(x, widen(place([{ placement: map.placement, value: read(map.contraction) }], l, n), n), value)
        const agreement = agreementOf(map, l)
        tuplesOf(l, n).forEach((output, row) => {
          const expected = tuplesOf(k, n).reduce(
            (sum, given, column) => sum + (agrees(agreement, [...output, ...given]) ? (value.data[column] as number) : 0),
            0,
          )
          expect(y[row]).toBeCloseTo(expected, 12)
        })
      }
    }
  })
})

test('sums are divided by the scale once for each axis that is summed', () => {
  const [x, value] = [input('x', 'float32', [2, 3, 3, 1]), draw([2, 3, 3, 1])]
  const scale = input('scale', 'float32', [2, 1])
  const y = contractor(x, 2, scale)({ partition: [[0], [1]], kept: [] })
  const p = program({ inputs: { x, scale }, outputs: { y } })
  const means = evaluate(p, { x: value, scale: { dtype: 'float32', shape: [2, 1], data: Float64Array.of(2, 3) } }).y?.data
  const total = (from: number): number => value.data.subarray(from, from + 9).reduce((a, b) => a + b, 0)
  expect(means?.[0]).toBeCloseTo(total(0) / 4, 12)
  expect(means?.[1]).toBeCloseTo(total(9) / 9, 12)
})

describe('placements', () => {
  /** All placements of order l, each with its own tensor. */
  const everything = (l: number) =>
    Array.from({ length: l + 1 }, (_, j) => placements(l, j))
      .flat()
      .map((placement, i) => ({ placement, value: input(`z${i}`, 'float32', ['batch', ...axes(placement.placed.length, 'n'), 2]) }))

  test.each([1, 2, 3, 4])('order %i: only l broadcasts and l (l - 1) / 2 diagonals are added at the size of the result', (l) => {
    const placed = everything(l)
    const y = place(placed, l, dimension('n'))
    const { nodes } = program({ inputs: placed.map(({ value }) => value), outputs: { y } })
    const large = nodes.filter(({ outputs: [out] }) => String(out?.shape) === String(y.shape)).map(({ operator }) => operator.name)
    expect(large.filter((name) => name === 'Add').length).toBeLessThanOrEqual(l + (l * (l - 1)) / 2)
    expect(large.filter((name) => name === 'Mul').length).toBeLessThanOrEqual((l * (l - 1)) / 2)
  })

  test('two tensors with the same placement are added', () => {
    const [x, value] = [input('x', 'float32', [1, 3, 1]), draw([1, 3, 1])]
    const placement = { partition: [[0]], placed: [0] }
    const twice = run(
      x,
      place(
        [1, 2].map(() => ({ placement, value: x })),
        1,
        3,
      ),
      value,
    )
    expect(Array.from(twice)).toEqual(Array.from(value.data, (v) => 2 * v))
  })

  test('an empty list is refused', () => {
    expect(() => place([], 2, 3)).toThrow('place: expected at least one tensor, received none.')
  })
})

test('contractions of symmetric tensors differ in the sizes of their kept blocks and of the others', () => {
  for (const order of [1, 2, 3, 4])
    for (const axes of [0, 1, 2]) {
      const kinds = ({ partition, kept }: Contraction): string => {
        const rest = partition.filter((_, k) => !kept.includes(k)).map((block) => block.length)
        return JSON.stringify([kept.map((k) => partition[k]?.length), rest.toSorted((a, b) => a - b)])
      }
      const all = contractions(order, axes).map(kinds)
      expect(contractions(order, axes, 'symmetric').map(kinds)).toEqual([...new Set(all)])
      const single = contractions(order, axes, 'hyperedges')
      expect(single.length).toBe(order >= axes ? 1 : 0)
      for (const { partition } of single) expect(partition.length).toBe(order)
    }
})

test('an axis that is constant is expanded: not the batch, not the channels', () => {
  const y = input('y', 'float32', ['batch', 1, 'n', 1, 1])
  expect(widen(y, dimension('n')).shape.map(String)).toEqual(['batch', 'n', 'n', 'n', '1'])
})

test('symmetric tensors need fewer contractions: min(k, l) + 1 maps between hyperedges', () => {
  const maps = Array.from({ length: 3 }, (_, j) => placements(2, j, 'hyperedges').length * contractions(3, j, 'hyperedges').length)
  expect(maps.reduce((a, b) => a + b)).toBe(3)
})
