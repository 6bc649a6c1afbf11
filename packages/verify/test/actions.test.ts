import { Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { actionSymmetry, parseAction, symmetryError, type Values } from '../src/index.ts'

const numbered = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i),
  )

/** The value that a generator makes of x, by its place in the list of elements. */
function moved(text: string, x: TensorValue, element = 0): number[] {
  const g = actionSymmetry({ inputs: { x: parseAction(text) } }).elements({ x }, new Random({ seed: 1 }))[element]
  return [...(g?.input({ x }).x?.data ?? [])].map(Number)
}

const random = new Random({ seed: 3, stream: 'test' })
const normal = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

/** The error of a function of one input under actions on it and on its output. */
const errorOf = (f: (x: TensorValue) => TensorValue, x: TensorValue, input: string, output?: string): Promise<number> => {
  const outputs = output === undefined ? {} : { y: parseAction(output) }
  const symmetry = actionSymmetry({ inputs: { x: parseAction(input) }, outputs })
  return symmetryError((values: Values) => Promise.resolve({ y: f(values.x as TensorValue) }), symmetry.elements({ x }, random), { x })
}

describe('words', () => {
  test.each([
    ['S6 on axis 1'],
    ['S on axes 1 2'],
    ['C5 wr S2 x C4 on axis -1'],
    ['(0 1 2)(3 4), (0 1) on axis 2'],
    ['S5 on pairs on axis 1'],
    ['C4 on axes 2 3'],
    ['C4[g] on axis 2 x C4[g] on axes 3 4'],
    ['shifts on axes 2 3 x D4 on axis 1'],
    ['O(3) on axis 2 x S on axis 1'],
    ['SE(3) on axes 1 2'],
  ])('%s: the name is the text, and reads as the same action', (text) => {
    const action = parseAction(text)
    expect(action.name).toBe(text)
    const axes = action.factors.map((factor) => [factor.word.text, factor.key, factor.axes])
    expect(parseAction(action.name).factors.map((factor) => [factor.word.text, factor.key, factor.axes])).toEqual(axes)
  })

  test.each([
    ['  Shifts ON axes 2,3  ×  S  on  axis 1 ', 'shifts on axes 2 3 x S on axis 1'],
    ['S on axes 1 and 2', 'S on axes 1 2'],
    ['S on axes 1  and  2  ,  3   -4,10 12', 'S on axes 1 2 3 -4 10 12'],
    ['S on axes -11 -2', 'S on axes -11 -2'],
    ['C5   wr  S2  [rows]  on axis 12', 'C5 wr S2[rows] on axis 12'],
    ['O(16) on axis 1', 'O(16) on axis 1'],
    ['O(1) on axis 1', 'O(1) on axis 1'],
    ['SE(64) on axis 1', 'SE(64) on axis 1'],
    ['C4 x C4 on axis 1', 'C4 x C4 on axis 1'],
  ])('%j is %j', (text, name) => {
    expect(parseAction(text).name).toBe(name)
  })

  test('mentions of a group are counted, by family', () => {
    const { factors } = parseAction(
      'S on axis 0 x C4[g] on axis 1 x S on axis 2 x O(3) on axis 3 x E(3) on axis 4 x SO(3) on axis 5 x shifts on axis 6',
    )
    expect(factors.map(({ word, key, axes }) => [word.text, word.family, key, axes])).toEqual([
      ['S', 'S', '1', [0]],
      ['C4', 'C4', 'g', [1]],
      ['S', 'S', '2', [2]],
      ['O(3)', 'E(3)', '1', [3]],
      ['E(3)', 'E(3)', '2', [4]],
      ['SO(3)', 'SE(3)', '1', [5]],
      ['shifts', 'shifts', '1', [6]],
    ])
  })

  const words = ', or S, shifts, O(n), SO(n), E(n), SE(n)'
  const expression = `a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5)${words}`
  test.each([
    ['', 0, 'a group and its axes', 'the end of the text'],
    ['S5', 0, 'a group and its axes', '"S"'],
    ['S5 on axis', 10, 'the number of an axis', 'the end of the text'],
    ['Q5 on axis 1', 0, expression, '"Q"'],
    ['   Q5 on axis 1', 3, expression, '"Q"'],
    ['shifty on axis 1', 0, expression, '"shifty"'],
    ['ashifts on axis 1', 0, expression, '"ashifts"'],
    ['QO(3) on axis 1', 0, expression, '"QO"'],
    ['S on axis 1 x  C4 wr on axis 2', 20, expression, '" "'],
    ['O(3) Q on axis 1', 0, expression, '"O"'],
    ['S on axis 1 S on axis 2', 11, 'x or the end of the text', '" "'],
    ['S on axis 1 xS on axis 2', 11, 'x or the end of the text', '" "'],
    ['S on axis 1 y x S on axis 2', 11, 'x or the end of the text', '" "'],
    ['S on axis 1 foo', 12, 'x and another action, or the end of the text', '"foo"'],
    ['S on axis 1 x', 12, 'x and another action, or the end of the text', '"x"'],
    ['S on axis 1   x   O(0) on axis 1', 18, 'from 1 to 64 coordinates', '"O"'],
    ['O(65) on axis 1', 0, 'from 1 to 64 coordinates', '"O"'],
    ['E(3) on axes 1 2 3', 0, 'E(3) on fewer axes', '"E"'],
    ['SE(3) on axes 1 2 3', 0, 'SE(3) on fewer axes', '"SE"'],
  ])('%j is refused at character %i', (text, position, expected, received) => {
    const remedy = 'An action is written like "S5 on axis 1" or "C4 on axes 2 3", several joined by x.'
    const ending = expected === 'from 1 to 64 coordinates' ? '' : ` ${remedy}`
    expect(() => parseAction(text)).toThrow(
      `parseAction: expected ${expected}, received ${received} at character ${position + 1}.${ending}`,
    )
    expect(() => parseAction(text)).toThrow(expect.objectContaining({ name: 'NotationError', position }))
  })
})

describe('generators move what they should', () => {
  test('a permutation takes entry i to its image', () => {
    expect(moved('(0 1 2) on axis 0', numbered(3, 2))).toEqual([4, 5, 0, 1, 2, 3])
    expect(moved('(0 1 2) on axis -1', numbered(2, 3))).toEqual([2, 0, 1, 5, 3, 4])
  })

  test('S on two axes permutes rows and columns alike', () => {
    expect(moved('S on axes 0 1', numbered(2, 2))).toEqual([3, 2, 1, 0])
  })

  test('C4 turns a square counterclockwise, D4 reflects it; the axes may lie apart', () => {
    expect(moved('C4 on axes 0 1', numbered(2, 2))).toEqual([1, 3, 0, 2])
    expect(moved('C4 on axes 0 1', numbered(3, 3))).toEqual([2, 5, 8, 1, 4, 7, 0, 3, 6])
    expect(moved('C4 on axes 0 2', numbered(2, 1, 2))).toEqual([1, 3, 0, 2])
    const reflected = moved('D4 on axes 0 1', numbered(3, 3), 1)
    expect(reflected).toEqual([0, 3, 6, 1, 4, 7, 2, 5, 8])
  })

  test('shifts move each axis', () => {
    expect(moved('shifts on axes 0 1', numbered(2, 3))).toEqual([3, 4, 5, 0, 1, 2])
    expect(moved('shifts on axes 0 1', numbered(2, 3), 1)).toEqual([2, 0, 1, 5, 3, 4])
  })

  test('O(2) turns and reflects the vectors along an axis, E(2) also translates points', () => {
    expect(moved('O(2) on axis 1', numbered(2, 2))).toEqual([-1, 0, -3, 2])
    expect(moved('O(2) on axis 0', numbered(2, 2))).toEqual([-2, -3, 0, 1])
    expect(moved('O(2) on axis 1', numbered(2, 2), 1)).toEqual([0, 1, -2, 3])
    expect(moved('E(2) on axes 0 1', numbered(2, 2), 2)).toEqual([1, 2, 3, 4])
  })

  test('random rotations keep lengths; those of SO(3) keep the orientation', () => {
    const x = tensorValue('float32', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1])
    for (const [text, proper] of [
      ['SO(3) on axis 1', true],
      ['O(3) on axis 1', false],
    ] as const) {
      const signs = actionSymmetry({ inputs: { x: parseAction(text) } }, { samples: 12 })
        .elements({ x }, new Random({ seed: 5 }))
        .map((g) => {
          const [a, b, c, d, e, f, h, i, j] = [...(g.input({ x }).x?.data ?? [])].map(Number) as [
            number,
            number,
            number,
            number,
            number,
            number,
            number,
            number,
            number,
          ]
          return a * (e * j - f * i) - b * (d * j - f * h) + c * (d * i - e * h)
        })
      for (const determinant of signs) expect(Math.abs(determinant)).toBeCloseTo(1, 5)
      expect(signs.every((determinant) => determinant > 0)).toBe(proper)
    }
  })
})

describe('one group acts everywhere', () => {
  /** The product of a matrix and a vector, which commutes with permutations of both. */
  const product = ({ a, x }: Values): Values => {
    const n = x?.shape[0] ?? 0
    return {
      y: tensorValue(
        'float32',
        [n],
        Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (_, j) => Number(a?.data[i * n + j]) * Number(x?.data[j])).reduce((s, v) => s + v, 0),
        ),
      ),
    }
  }
  const joint = (a: string, x: string, y: string): Promise<number> => {
    const feeds = { a: normal(5, 5), x: normal(5) }
    const symmetry = actionSymmetry({ inputs: { a: parseAction(a), x: parseAction(x) }, outputs: { y: parseAction(y) } })
    return symmetryError((values) => Promise.resolve(product(values)), symmetry.elements(feeds, random), feeds)
  }

  test('the same word is the same element, on several inputs and the output', async () => {
    expect(await joint('S on axes 0 1', 'S on axis 0', 'S on axis 0')).toBeLessThan(1e-6)
  })

  test('two mentions in one action are two groups; a label says which', async () => {
    expect(await joint('S on axis 0 x S on axis 1', 'S on axis 0', 'S on axis 0')).toBeGreaterThan(0.01)
    expect(await joint('S[rows] on axis 0 x S[columns] on axis 1', 'S[columns] on axis 0', 'S[rows] on axis 0')).toBeLessThan(1e-6)
  })

  test('O(3) is the rotation of E(3): differences of points rotate, points themselves do not', async () => {
    const x = normal(4, 3)
    const differences = (p: TensorValue): TensorValue =>
      tensorValue(
        'float32',
        [3],
        [0, 1, 2].map((i) => Number(p.data[i]) - Number(p.data[3 + i])),
      )
    const first = (p: TensorValue): TensorValue => tensorValue('float32', [3], p.data.slice(0, 3) as Float32Array)
    expect(await errorOf(differences, x, 'E(3) on axes 0 1', 'O(3) on axis 0')).toBeLessThan(1e-5)
    expect(await errorOf(first, x, 'E(3) on axes 0 1', 'O(3) on axis 0')).toBeGreaterThan(0.01)
    expect(await errorOf(first, x, 'E(3) on axes 0 1', 'E(3) on axis 0')).toBeLessThan(1e-5)
  })

  test('a sum is invariant, a weighted sum is not', async () => {
    const weighted =
      (weight: (i: number) => number) =>
      (x: TensorValue): TensorValue =>
        tensorValue('float32', [1], [[...x.data].reduce<number>((sum, v, i) => sum + weight(i) * Number(v), 0)])
    expect(
      await errorOf(
        weighted(() => 1),
        normal(6),
        'S6 on axis 0',
      ),
    ).toBeLessThan(1e-5)
    expect(
      await errorOf(
        weighted((i) => i),
        normal(6),
        'S6 on axis 0',
      ),
    ).toBeGreaterThan(0.01)
  })
})

test('an action on an output that is not there is refused, as it would say nothing', () => {
  const x: TensorValue = { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) }
  const [element] = actionSymmetry({
    inputs: { x: parseAction('S on axis 0') },
    outputs: { y: parseAction('S on axis 0') },
  }).elements({ x }, new Random({ seed: 1 }))
  expect(() => element?.output({ logits: x, mask: x })).toThrow(
    'actionSymmetry: expected actions on outputs among logits, mask, received one on "y".',
  )
})
