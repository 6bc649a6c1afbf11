import { Permutation } from '@equivar/groups'
import { Random, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type ActionClaims, actionSymmetry, type GroupElement, parseAction, type Values } from '../src/index.ts'

const numbered = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i),
})

const claims = (inputs: Record<string, string>, outputs: Record<string, string> = {}): ActionClaims => {
  const parsed = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseAction(text)]))
  return { inputs: parsed(inputs), outputs: parsed(outputs) }
}

/** The elements that one action on x has, for a value of some shape. */
const elementsOf = (text: string, x: TensorValue, samples = 0, seed = 1): readonly GroupElement[] =>
  actionSymmetry(claims({ x: text }), { samples }).elements({ x }, new Random({ seed }))

const dataOf = (values: Values): number[] => [...(values.x as TensorValue).data].map(Number)

describe('the elements and their names', () => {
  test.each([
    ['S on axis 0', [3], ['S: generator (0 1 2)', 'S: generator (0 1)']],
    ['S on axis 0', [1], []],
    ['C4 on axis 0', [4], ['C4: generator (0 1 2 3)']],
    ['D4 on axes 0 1', [3, 3], ['D4: generator (0 1 2 3)', 'D4: generator (1 3)']],
    ['shifts on axes 0 1 2', [3, 1, 2], ['shifts: shift by 1, 0, 0', 'shifts: shift by 0, 0, 1']],
    [
      'O(3) on axis 0',
      [3],
      ['turn by 90 degrees of coordinates 0, 1', 'turn by 90 degrees of coordinates 1, 2', 'reflection of coordinate 0'].map(
        (g) => `O(3): ${g}`,
      ),
    ],
    ['SO(2) on axis 0', [2], ['SO(2): turn by 90 degrees of coordinates 0, 1']],
    ['O(1) on axis 0', [1], ['O(1): reflection of coordinate 0']],
    ['SE(1) on axis 0', [1], ['SE(1): translation by 1 of every coordinate']],
    ['E(1) on axis 0', [1], ['E(1): reflection of coordinate 0', 'E(1): translation by 1 of every coordinate']],
  ])('generators of %s on %j', (text, shape, names) => {
    expect(elementsOf(text, numbered(...shape)).map(({ name }) => name)).toEqual(names)
  })

  test.each([
    ['S on axis 0', [3], /^S: permutation \(/],
    ['C4 wr S2 on axis 0', [8], /^C4 wr S2: element \(/],
    ['O(2) on axis 0', [2], /^O\(2\): random rotation or reflection$/],
    ['SO(2) on axis 0', [2], /^SO\(2\): random rotation$/],
    ['E(2) on axis 0', [2], /^E\(2\): random rotation or reflection, and translation$/],
    ['SE(2) on axis 0', [2], /^SE\(2\): random rotation, and translation$/],
  ])('random elements of %s', (text, shape, name) => {
    const generators = elementsOf(text, numbered(...shape)).length
    const all = elementsOf(text, numbered(...shape), 5)
    expect(all.length).toBe(generators + 5)
    for (const { name: given } of all.slice(generators)) expect(given).toMatch(name)
  })

  test('random shifts are shorter than their axes, and all of them occur', () => {
    const names = elementsOf('shifts on axes 0 1 2', numbered(2, 3, 0), 60).map(({ name }) => name)
    const all = [0, 1].flatMap((a) => [0, 1, 2].map((b) => `shifts: shift by ${a}, ${b}, 0`))
    expect([...new Set(names.slice(2))].sort()).toEqual(all.sort())
  })

  test('generators of each group, then four random elements of all groups together', () => {
    const symmetry = actionSymmetry(claims({ x: 'C2 on axis 0 x shifts on axis 1', z: 'C2 on axis 0' }))
    expect(symmetry.name).toBe('x: C2 on axis 0 x shifts on axis 1, z: C2 on axis 0')
    const names = symmetry
      .elements({ x: numbered(2, 3), z: numbered(2), toString: numbered(1), other: numbered(1) }, new Random({ seed: 1 }))
      .map(({ name }) => name)
    expect(names.slice(0, 2)).toEqual(['C2: generator (0 1)', 'shifts: shift by 1'])
    expect(names.slice(2).length).toBe(4)
    for (const name of names.slice(2)) expect(name).toMatch(/^C2: element .*; shifts: shift by [012]$/)
  })

  test.each([[{ v: 'O(2) on axis 0', x: 'E(2) on axis 0' }], [{ x: 'E(2) on axis 0', v: 'O(2) on axis 0' }]])(
    'of %j, only x is translated, and both are turned alike',
    (inputs) => {
      const feeds = { x: numbered(2), v: numbered(2) }
      const elements = actionSymmetry(claims(inputs), { samples: 1 }).elements(feeds, new Random({ seed: 1 }))
      expect(elements.map(({ name }) => name)).toEqual([
        'E(2): turn by 90 degrees of coordinates 0, 1',
        'E(2): reflection of coordinate 0',
        'E(2): translation by 1 of every coordinate',
        'E(2): random rotation or reflection, and translation',
      ])
      const shift = (elements[2] as GroupElement).input(feeds)
      expect([shift.x?.data, shift.v?.data]).toEqual([Float64Array.of(1, 2), Float64Array.of(0, 1)])
      const [still, moved] = [{ ...feeds, x: { ...feeds.x, data: new Float64Array(2) } }, feeds].map((at) =>
        (elements[3] as GroupElement).input(at),
      )
      const turned = [0, 1].map((i) => Number(moved?.x?.data[i]) - Number(still?.x?.data[i]))
      for (const [i, v] of turned.entries()) expect(v).toBeCloseTo(Number(moved?.v?.data[i]), 12)
    },
  )

  test('random elements of a finite group are products of one to eight generators', () => {
    const x = numbered(100)
    const shifts = elementsOf('C100 on axis 0', x, 80)
      .slice(1)
      .map((g) => (100 - Number(dataOf(g.input({ x }))[0])) % 100)
    expect([...new Set(shifts)].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const one = elementsOf('S1 on axis 0', numbered(1), 2)
    expect(one.map(({ name }) => name)).toEqual(['S1: element ()', 'S1: element ()'])
  })
})

describe('what they do', () => {
  /** The corners of a 2 x 2 square in the order that the group counts them, as places of the row-major value. */
  const corners = [0, 2, 3, 1]

  test('an element of D4 moves the corners of a square as its permutation says', () => {
    const x = numbered(2, 2)
    const seen = new Set<string>()
    for (const g of elementsOf('D4 on axes 0 1', x, 60)) {
      const permutation = Permutation.parse(4, g.name.replace(/^.*(generator|element) /, ''))
      const expected: number[] = []
      for (let corner = 0; corner < 4; corner++) expected[corners[permutation.apply(corner)] as number] = corners[corner] as number
      expect(dataOf(g.input({ x }))).toEqual(expected)
      seen.add(`${permutation}`)
    }
    expect(seen.size).toBe(8)
  })

  test.each([
    ['C4', true],
    ['Z4', true],
    ['D4', true],
    ['C5', false],
    ['S4 x C4', false],
    ['C4 x S4', false],
    ['C4 wr S2', false],
  ])('%s acts on a plane of any size: %s', (group, square) => {
    const [{ word }] = parseAction(`${group}[g] on axes 0 1`).factors as [ReturnType<typeof parseAction>['factors'][0]]
    expect(word.sizes(2)?.every((size) => typeof size !== 'number')).toBe(square)
    expect(word.sizes(1)?.every((size) => typeof size === 'number')).toBe(true)
  })

  test('C4 on one axis permutes it', () => {
    const x = numbered(4)
    expect(dataOf((elementsOf('C4 on axis 0', x)[0] as GroupElement).input({ x }))).toEqual([3, 0, 1, 2])
  })

  test('numbers keep their precision and type', () => {
    const x = { ...numbered(2), data: Float64Array.of(0.1, 0.2) }
    const [turn] = elementsOf('SO(2) on axis 0', x) as [GroupElement]
    expect(turn.input({ x }).x?.data).toEqual(Float64Array.of(-0.2, 0.1))
    const single = { ...x, data: Float32Array.of(0.1, 0.2) }
    expect(turn.input({ x: single }).x?.data).toEqual(Float32Array.of(-0.2, 0.1))
    const integers: TensorValue = { dtype: 'int64', shape: [2], data: BigInt64Array.of(3n, 5n) }
    expect(turn.input({ x: integers }).x).toMatchObject({ dtype: 'int64', data: BigInt64Array.of(-5n, 3n) })
  })

  test.each([1, 2, 3, 4])('rotations in %i dimensions are orthogonal; those of SO have determinant 1', (n) => {
    const identity = { ...numbered(n, n), data: Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)) }
    /** By expansion along the first row. */
    const determinant = (m: readonly (readonly number[])[]): number =>
      m.length === 0
        ? 1
        : (m[0] as number[]).reduce(
            (sum, v, k) => sum + (k % 2 === 0 ? v : -v) * determinant(m.slice(1).map((row) => row.filter((_, j) => j !== k))),
            0,
          )
    for (const [text, proper] of [
      [`SO(${n}) on axis 1`, true],
      [`O(${n}) on axis 1`, false],
    ] as const) {
      const signs = elementsOf(text, identity, 12).map((g) => {
        const flat = dataOf(g.input({ x: identity }))
        const rows = Array.from({ length: n }, (_, i) => flat.slice(i * n, (i + 1) * n))
        for (const [i, a] of rows.entries())
          for (const [j, b] of rows.entries())
            expect(a.reduce((sum, v, k) => sum + v * (b[k] as number), 0)).toBeCloseTo(Number(i === j), 12)
        return Math.round(determinant(rows))
      })
      expect([...new Set(signs)].sort()).toEqual(proper ? [1] : [-1, 1])
    }
  })

  test('translations of random elements of E are normally distributed, different in each coordinate', () => {
    const x = { ...numbered(1, 3), data: new Float64Array(3) }
    const moved = elementsOf('E(3) on axes 0 1', x, 50)
      .slice(4)
      .flatMap((g) => dataOf(g.input({ x })))
    expect(new Set(moved).size).toBe(150)
    const squares = moved.reduce((sum, v) => sum + v * v, 0) / moved.length
    expect(squares).toBeGreaterThan(0.6)
    expect(squares).toBeLessThan(1.5)
  })

  test('values without an action stay, under any name', () => {
    const feeds = { x: numbered(2), toString: numbered(2), other: numbered(2) }
    const [swap] = actionSymmetry(claims({ x: 'S on axis 0' })).elements(feeds, new Random({ seed: 1 })) as [GroupElement]
    const moved = swap.input(feeds)
    expect(dataOf(moved)).toEqual([1, 0])
    expect(moved.toString).toBe(feeds.toString)
    expect(moved.other).toBe(feeds.other)
    expect(swap.output(feeds).x).toBe(feeds.x)
  })
})

describe('what does not fit', () => {
  const refused = (given: ActionClaims, feeds: Values): string => {
    try {
      for (const g of actionSymmetry(given).elements(feeds, new Random({ seed: 1 }))) g.output({ y: numbered(3) })
    } catch (error) {
      if (error instanceof RangeError) return error.message
    }
    return 'nothing is refused'
  }

  test.each([
    [{ x: 'S on axis 2' }, [2, 3], 'x: expected "S on axis 2" to name different axes of 2, received 2.'],
    [{ x: 'S on axis -3' }, [2, 3], 'x: expected "S on axis -3" to name different axes of 2, received -3.'],
    [{ x: 'S on axes 1 -1' }, [2, 2], 'x: expected "S on axes 1 -1" to name different axes of 2, received 1, -1.'],
    [{ x: 'C4 on axes 0 1' }, [2, 3], 'x: expected axis 1 of size 2 for "C4 on axes 0 1", received shape [2, 3].'],
    [{ x: 'E(2) on axes 0 1' }, [2, 3], 'x: expected axis 1 of size 2 for "E(2) on axes 0 1", received shape [2, 3].'],
    [{ x: 'S on axis 0 x shifts on axis 0' }, [2], 'nothing is refused'],
    [{ x: 'S on axis -2' }, [2, 3], 'nothing is refused'],
  ])('%j on %j', (inputs, shape, message) => {
    expect(refused(claims(inputs), { x: numbered(...shape) })).toBe(message)
  })

  test('sizes agree wherever one group acts, but not those of squares', () => {
    const feeds = { x: numbered(2, 2), z: numbered(3, 3) }
    expect(refused(claims({ x: 'S on axis 0', z: 'S on axis 1' }), feeds)).toBe(
      'z: expected axis 1 of size 2 for "S on axis 1", received shape [3, 3].',
    )
    expect(refused(claims({ x: 'C4 on axes 0 1', z: 'C4 on axes 0 1' }), feeds)).toBe('nothing is refused')
    expect(refused(claims({ x: 'S on axis 0' }, { y: 'S on axis 0' }), feeds)).toBe(
      'y: expected axis 0 of size 2 for "S on axis 0", received shape [3].',
    )
    expect(refused(claims({ z: 'S on axis 0' }, { y: 'S on axis 0' }), feeds)).toBe('nothing is refused')
  })

  test('a group of an output that acts on no input', () => {
    expect(() => actionSymmetry(claims({ x: 'S[a] on axis 1' }, { y: 'S[a] on axis 0 x S[b] on axis 1' }))).toThrow(
      new RangeError('y: expected "S[a] on axis 0 x S[b] on axis 1" to name groups that act on an input, received S (b).'),
    )
  })
})
