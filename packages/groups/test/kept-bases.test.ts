import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BasisStore,
  cyclic,
  invariantBasis,
  keepBases,
  lorentz,
  MatrixGroup,
  orthogonal,
  permutationMatrices,
  representation,
  specialOrthogonal,
  symplectic,
} from '@equivar/groups'
import { basisFolder } from '@equivar/groups/node'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'equivar-bases-'))
let folder = ''
let number = 0
beforeEach(() => {
  folder = join(root, `${number++}`, 'bases')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A store that counts what it is asked for. */
function counting(store: BasisStore): BasisStore & { found: number; written: number } {
  const counted = {
    found: 0,
    written: 0,
    read: (content: Float64Array) => {
      const numbers = store.read(content)
      if (numbers !== undefined) counted.found++
      return numbers
    },
    write: (content: Float64Array, numbers: Float64Array) => {
      counted.written++
      store.write(content, numbers)
    },
  }
  return counted
}

/** The vectors of the invariants of a new group object with a store. */
function vectorsOf(group: MatrixGroup, text: string, store: BasisStore): Float64Array {
  keepBases(group, store)
  return invariantBasis(representation(group, text)).block(0, 0).vectors()
}

describe('bases in a folder', () => {
  test.each([
    ['whole numbers', () => orthogonal(3), 'V^3', 0],
    ['whole numbers', () => orthogonal(3), 'V^4', 3],
    ['iteration', () => specialOrthogonal(3), 'V^6', 15],
    ['tensors with duals', () => lorentz(), 'V^2 V*^2', 4],
  ])('%s: the second time they are read, and are the same bit for bit', (_, make, text, count) => {
    const store = counting(basisFolder(folder))
    const first = vectorsOf(make(), text, store)
    expect(store).toMatchObject({ found: 0, written: 1 })
    const second = vectorsOf(make(), text, store)
    expect(store).toMatchObject({ found: 1, written: 1 })
    expect(second).toEqual(first)
    const basis = invariantBasis(representation(make(), text)).block(0, 0)
    expect(basis.count).toBe(count)
    expect(basis.vectors()).toEqual(first)
  })

  test('what was read knows its evidence and its whole numbers', () => {
    const store = basisFolder(folder)
    const of = (): ReturnType<ReturnType<typeof invariantBasis>['block']> => {
      const group = orthogonal(3)
      keepBases(group, store)
      return invariantBasis(representation(group, 'V^4')).block(0, 0)
    }
    const [computed, read] = [of(), of()]
    expect(read.evidence()).toBe('exact')
    expect(read.wholeNumbers()).toEqual(computed.wholeNumbers())
  })

  test('other matrices have other files, the same matrices under another name the same', () => {
    const store = counting(basisFolder(folder))
    vectorsOf(specialOrthogonal(3), 'V^2', store)
    vectorsOf(orthogonal(3), 'V^2', store)
    vectorsOf(symplectic(2), 'V^2', store)
    vectorsOf(symplectic(2), 'V^4', store)
    expect(store).toMatchObject({ found: 0, written: 4 })
    vectorsOf(new MatrixGroup(3, { lieAlgebra: specialOrthogonal(3).lieAlgebra, name: 'turns' }), 'V^2', store)
    expect(store).toMatchObject({ found: 1, written: 4 })
    expect(readdirSync(folder)).toHaveLength(4)
  })

  test('groups without a store, and orbits, leave no file', () => {
    const store = counting(basisFolder(folder))
    invariantBasis(representation(orthogonal(3), 'V^4'))
    vectorsOf(permutationMatrices(cyclic(4)), 'V^2', store)
    expect(store).toMatchObject({ found: 0, written: 0 })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a file is complete when it has its name: no other names are left', () => {
    vectorsOf(orthogonal(3), 'V^4', basisFolder(folder))
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.basis$/)])
  })

  const damages: [string, (path: string, whole: Buffer) => void][] = [
    ['is empty', (path) => truncateSync(path, 0)],
    ['ends in its header', (path) => truncateSync(path, 30)],
    ['ends in a number', (path, whole) => truncateSync(path, whole.length - 3)],
    ['ends too early', (path, whole) => truncateSync(path, whole.length - 8)],
    [
      'has a changed bit',
      (path, whole) =>
        writeFileSync(
          path,
          whole.map((byte, at) => (at === whole.length - 5 ? byte ^ 1 : byte)),
        ),
    ],
    [
      'has another mark',
      (path, whole) =>
        writeFileSync(
          path,
          whole.map((byte, at) => (at === 6 ? byte ^ 1 : byte)),
        ),
    ],
    ['holds text', (path) => writeFileSync(path, 'no basis')],
  ]
  test.each(damages)('a file that %s is made again', (_, damage) => {
    const store = counting(basisFolder(folder))
    const expected = vectorsOf(orthogonal(3), 'V^4', store)
    const path = join(folder, readdirSync(folder)[0] as string)
    const whole = readFileSync(path)
    damage(path, whole)
    expect(vectorsOf(orthogonal(3), 'V^4', store)).toEqual(expected)
    expect(store).toMatchObject({ found: 0, written: 2 })
    expect(readFileSync(path)).toEqual(whole)
  })

  test.each<[string, (numbers: Float64Array) => Float64Array]>([
    ['no solutions', (numbers) => numbers.map((_, at) => (at % 81 === 0 ? 1 : 0))],
    ['longer than 1', (numbers) => numbers.map((x) => 2 * x)],
    ['cut in the middle of a vector', (numbers) => numbers.slice(0, 100)],
  ])('numbers with a right checksum that are %s are not used', (_, change) => {
    const store = counting(basisFolder(folder))
    const expected = vectorsOf(orthogonal(3), 'V^4', store)
    const path = join(folder, readdirSync(folder)[0] as string)
    const whole = readFileSync(path)
    const payload = Buffer.from(change(new Float64Array(Uint8Array.from(whole.subarray(48)).buffer)).buffer)
    writeFileSync(path, Buffer.concat([whole.subarray(0, 16), createHash('sha256').update(payload).digest(), payload]))
    expect(vectorsOf(orthogonal(3), 'V^4', store)).toEqual(expected)
    expect(store).toMatchObject({ found: 1, written: 2 })
    expect(readFileSync(path)).toEqual(whole)
  })

  test('a folder that cannot be made, and a file that cannot be read, are errors of the file system', () => {
    mkdirSync(join(folder, '..'), { recursive: true })
    writeFileSync(folder, '')
    expect(() => basisFolder(folder)).toThrow(/EEXIST|ENOTDIR/)
    const other = `${folder}-2`
    vectorsOf(orthogonal(3), 'V^4', basisFolder(other))
    const path = join(other, readdirSync(other)[0] as string)
    rmSync(path)
    mkdirSync(path)
    expect(() => vectorsOf(orthogonal(3), 'V^4', basisFolder(other))).toThrow(/EISDIR/)
  })
})
