import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  irrepRepresentation,
  kernelBasis,
  type PlanarElement,
  type PlanarGroup,
  type PlanarGroupName,
  type PlanarIrrep,
  type PlaneRepresentation,
  planarGroup,
  publishedLimit,
  regularRepresentation,
} from '../src/index.ts'
import { harmonicKernels } from '../src/steerable/harmonic-kernels.ts'

const random = new Random({ seed: 3 })
const angle = (): number => 2 * Math.PI * random.uniform()

/** Generators of a dense subgroup: a rotation, of no finite order in SO(2) and O(2), and the mirror. */
function generators(group: PlanarGroup): PlanarElement[] {
  const rotation = { mirror: false, angle: Number.isFinite(group.rotations) ? (2 * Math.PI) / group.rotations : 1 }
  return [rotation, ...(group.mirrors ? [{ mirror: true, angle: 0 }] : [])]
}

/** Any element, some of them not on the list of `elements`. */
function someElement(group: PlanarGroup): PlanarElement {
  const all = group.elements()
  const listed = all[Math.floor(random.uniform() * all.length)]!
  return Number.isFinite(group.rotations) ? listed : { ...listed, angle: angle() }
}

/** g h, which applies h first. */
const product = (g: PlanarElement, h: PlanarElement): PlanarElement => ({
  mirror: g.mirror !== h.mirror,
  angle: g.angle + (g.mirror ? -h.angle : h.angle),
})

const multiply = (a: Float64Array, b: Float64Array): Float64Array => {
  const n = Math.sqrt(a.length)
  return a.map((_, at) =>
    Array.from({ length: n }, (__, k) => a[Math.floor(at / n) * n + k]! * b[k * n + (at % n)]!).reduce((x, y) => x + y, 0),
  )
}
const difference = (a: Float64Array, b: Float64Array): number => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0)

const groups: PlanarGroupName[] = ['C1', 'C2', 'C3', 'C4', 'C5', 'C8', 'D1', 'D2', 'D3', 'D4', 'D8', 'SO(2)', 'O(2)']

describe.each(groups)('%s', (name) => {
  const group = planarGroup(name)
  const irreps = group.irreps(Math.min(4, group.rotations))
  const representations = irreps.map(({ frequency, odd }) => irrepRepresentation(name, frequency, { odd }))
  const regular = Number.isFinite(group.order) ? [regularRepresentation(name)] : []

  test.each([...representations, ...regular].map((rho) => [rho.name, rho] as const))(
    '%s: rho(g h) = rho(g) rho(h), orthogonal',
    (_, rho) => {
      for (let round = 0; round < 20; round++) {
        const [g, h] = [someElement(group), someElement(group)]
        expect(difference(rho.matrix(product(g, h)), multiply(rho.matrix(g), rho.matrix(h)))).toBeLessThan(1e-12)
        const transposed = rho.matrix(g).map((__, at, all) => all[(at % rho.size) * rho.size + Math.floor(at / rho.size)]!)
        const unit = rho.matrix({ mirror: false, angle: 0 })
        expect(difference(multiply(rho.matrix(g), transposed), unit)).toBeLessThan(1e-12)
      }
    },
  )

  test.runIf(regular.length > 0)('the regular representation takes component h to g h', () => {
    const [rho] = regular as [PlaneRepresentation]
    const elements = group.elements()
    const index = (g: PlanarElement): number => {
      const k = Math.round((g.angle / (2 * Math.PI)) * group.rotations)
      return (g.mirror ? group.rotations : 0) + (((k % group.rotations) + group.rotations) % group.rotations)
    }
    expect(rho.size).toBe(group.order)
    for (const g of elements)
      elements.forEach((h, column) => {
        const image = elements.map((_, row) => rho.matrix(g)[row * rho.size + column]!)
        image.forEach((v, row) => {
          expect(Math.abs(v - (row === index(product(g, h)) ? 1 : 0))).toBeLessThan(1e-12)
        })
      })
  })

  test('the kernels on a circle satisfy the law and are as many as its null space on a fine ring', () => {
    for (const output of irreps)
      for (const input of irreps) for (const frequency of [0, 1, 2, 3, 4, 8]) checkCircle(group, output, input, frequency)
  })
})

/** The value at an angle of the kernel with given coefficients. */
function kernelAt(coefficients: ArrayLike<number>, entries: number, frequency: number, phi: number): Float64Array {
  const functions = frequency === 0 ? [1] : [Math.cos(frequency * phi), Math.sin(frequency * phi)]
  return Float64Array.from({ length: entries }, (_, e) =>
    functions.reduce((sum, f, c) => sum + f * coefficients[e * functions.length + c]!, 0),
  )
}

/** K(g phi) - output(g) K(phi) input(g)^-1. */
function violation(
  group: PlanarGroup,
  [output, input]: readonly [PlanarIrrep, PlanarIrrep],
  at: (phi: number) => Float64Array,
  g: PlanarElement,
  phi: number,
): Float64Array {
  const [rows, columns] = [group.components(output), group.components(input)]
  const [left, right] = [group.matrix(output, g), group.matrix(input, g)]
  const [moved, here] = [at(g.angle + (g.mirror ? -phi : phi)), at(phi)]
  return moved.map((v, e) => {
    const [a, b] = [Math.floor(e / columns), e % columns]
    let sum = 0
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) sum += left[a * rows + i]! * here[i * columns + j]! * right[b * columns + j]!
    return v - sum
  })
}

/** The rank of rows of numbers, by elimination with the largest pivot. */
function rank(rows: Float64Array[]): number {
  const work = rows.map((row) => row.slice())
  let found = 0
  for (let column = 0; column < (work[0]?.length ?? 0); column++) {
    let pivot = found
    for (let i = found; i < work.length; i++) if (Math.abs(work[i]![column]!) > Math.abs(work[pivot]?.[column] ?? 0)) pivot = i
    const row = work[pivot]
    if (row === undefined || Math.abs(row[column]!) < 1e-9) continue
    work[pivot] = work[found]!
    work[found] = row
    for (let i = found + 1; i < work.length; i++) {
      const factor = work[i]![column]! / row[column]!
      row.forEach((v, j) => {
        work[i]![j]! -= factor * v
      })
    }
    found++
  }
  return found
}

function checkCircle(group: PlanarGroup, output: PlanarIrrep, input: PlanarIrrep, frequency: number): void {
  const entries = group.components(output) * group.components(input)
  const size = entries * (frequency === 0 ? 1 : 2)
  const ring = Array.from({ length: 24 }, (_, p) => (2 * Math.PI * p) / 24 + 0.1)
  const of = (coefficients: ArrayLike<number>): Float64Array =>
    Float64Array.from(
      generators(group).flatMap((g) =>
        ring.flatMap((phi) => [...violation(group, [output, input], (at) => kernelAt(coefficients, entries, frequency, at), g, phi)]),
      ),
    )
  const columns = Array.from({ length: size }, (_, c) => of(Float64Array.from({ length: size }, (__, i) => (i === c ? 1 : 0))))
  const kernels = harmonicKernels(group, output, input, frequency)
  expect(kernels.length).toBe(size - rank(columns))
  for (const { coefficients } of kernels) expect(of(coefficients).every((v) => Math.abs(v) < 1e-12)).toBe(true)
  expect(rank(kernels.map(({ coefficients }) => coefficients))).toBe(kernels.length)
}

describe('restriction', () => {
  test.each([
    ['D8', 'C8'],
    ['D8', 'D4'],
    ['D8', 'C4'],
    ['C8', 'C4'],
    ['C8', 'C2'],
    ['C8', 'C1'],
    ['C6', 'C3'],
    ['D6', 'D2'],
    ['D4', 'D1'],
    ['O(2)', 'SO(2)'],
    ['O(2)', 'D4'],
    ['O(2)', 'C3'],
    ['SO(2)', 'C8'],
  ] as const)('%s to %s: the same matrices, for the elements of the subgroup', (name, subgroup) => {
    const group = planarGroup(name)
    const irreps = group.irreps(Math.min(9, group.rotations / 2)).map(({ frequency, odd }) => irrepRepresentation(name, frequency, { odd }))
    const all = [...irreps, ...(Number.isFinite(group.order) ? [regularRepresentation(name)] : [])]
    const known = planarGroup(subgroup)
    for (const rho of all) {
      const restricted = rho.restrict(subgroup)
      expect(restricted.size).toBe(rho.size)
      for (let round = 0; round < 10; round++) {
        const g = someElement(known)
        expect(difference(restricted.matrix(g), rho.matrix(g))).toBeLessThan(1e-12)
      }
      for (const irrep of restricted.irreps) known.requireIrrep('test', irrep)
    }
  })

  test('an irrep that the subgroup leaves as it is permutes its components', () => {
    expect(irrepRepresentation('D4', 0, { odd: true }).permutes).toBe(false)
    expect(irrepRepresentation('D4', 0, { odd: true }).restrict('C4').permutes).toBe(true)
    expect(irrepRepresentation('C8', 4).restrict('C4').permutes).toBe(true)
    expect(irrepRepresentation('C8', 2).restrict('C4').permutes).toBe(false)
  })

  test('a group that is no subgroup is refused', () => {
    for (const [name, other] of [
      ['C8', 'C3'],
      ['C8', 'D4'],
      ['SO(2)', 'O(2)'],
      ['D4', 'SO(2)'],
    ] as const)
      expect(() => irrepRepresentation(name, 1).restrict(other)).toThrow(
        `PlaneRepresentation.restrict: expected a subgroup of ${name}, received ${other}.`,
      )
  })
})

describe('sampled kernels', () => {
  test('8 x (2 m + 1) kernels of C8 per ring and limit m, each with squares that add up to the components', () => {
    const rho = regularRepresentation('C8')
    for (const [side, functions] of [
      [1, 1],
      [3, 6],
      [5, 11],
      [7, 18],
      [4, 8],
    ] as const) {
      const { count, values } = kernelBasis(rho, rho, side, publishedLimit)
      expect(count).toBe(8 * functions)
      const size = 64 * side * side
      for (let k = 0; k < count; k++) {
        const squares = values.subarray(k * size, (k + 1) * size).reduce((sum, v) => sum + v * v, 0)
        expect(squares).toBeCloseTo(8, 10)
      }
      const rows = Array.from({ length: count }, (_, k) => values.slice(k * size, (k + 1) * size))
      expect(rank(rows)).toBe(count)
    }
  })

  test('a kernel that is 0 at every pixel is left out', () => {
    // The outermost ring of 2 x 2 pixels has one pixel in each diagonal direction, where cos 2 phi is 0.
    const scalar = irrepRepresentation('C1', 0)
    expect(kernelBasis(scalar, scalar, 2, () => 2).count).toBe(4)
  })
})

test('names and irreps that do not exist are refused', () => {
  for (const name of ['C0', 'C65', 'D99', 'E2', 'SO(3)', 'C1.5'])
    expect(() => planarGroup(name as 'C4')).toThrow(`planarGroup: expected C1 to C64, D1 to D64, SO(2) or O(2), received "${name}".`)
  expect(() => irrepRepresentation('C8', 5)).toThrow(
    'irrepRepresentation: expected a frequency of 0 to 4 (none of them odd), as C8 has, received 5.',
  )
  expect(() => irrepRepresentation('C8', 4, { odd: true })).toThrow('received 4, odd.')
  expect(() => irrepRepresentation('O(2)', 1, { odd: true })).toThrow(
    'a frequency of 0 or more (odd only for irreps of one component), as O(2) has, received 1, odd.',
  )
  expect(() => regularRepresentation('SO(2)')).toThrow(
    'regularRepresentation: expected a finite group, received SO(2). Use irrepRepresentation.',
  )
  expect(() => planarGroup('O(2)').irreps()).toThrow(
    'expected a largest frequency, because O(2) has infinitely many irreps, received none.',
  )
})
