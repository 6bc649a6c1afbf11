import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { moleculeDataset, parseXyz } from '@equivar/datasets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exampleDataset } from '../src/own-data/dataset.ts'
import type { Examples } from '../src/own-data/example.ts'
import { fit } from '../src/own-data/fit.ts'
import { readExamples } from '../src/own-data/read.ts'
import type { OwnSource } from '../src/own-data/source.ts'
import { equivar, jsonLines } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-molecules-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const read = (path: string, more: Partial<OwnSource> = {}): Promise<Examples> => readExamples({ paths: [path], ...more })

const TWO = `3
Properties=species:S:1:pos:R:3:forces:R:3 energy=-76.5 gap=.5 smell=none
O 0 0 0 1 2 3
H 0 0 1 4 5 6
H 0 1 0 7 8 9
2
Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.25 gap=2 smell="very strong"
H 0 0 0 0 0 0
C 0 0 1.1 0 0 0
`

test('molecules are read: elements as a category, a property to predict, forces', async () => {
  const path = await file('two.xyz', TWO)
  const found = await read(path)
  expect(found).toMatchObject({ kind: 'molecule', categoryNames: { 0: ['H', 'C', 'O'] } })
  expect(found.examples).toMatchObject([
    { where: 'two.xyz, molecule 1', x: { shape: [3, 1], data: Float32Array.of(2, 0, 0) }, target: { kind: 'y', y: [-76.5] } },
    { where: 'two.xyz, molecule 2', x: { shape: [2, 1], data: Float32Array.of(0, 1) }, target: { kind: 'y', y: [-1.25] } },
  ])
  expect(found.examples[0]?.molecule?.forces).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))
  expect((await read(path, { target: 'gap, energy' })).examples[0]?.target).toEqual({ kind: 'y', y: [0.5, -76.5] })
  expect((await read(path, { label: 'smell' })).examples.map(({ target }) => target)).toMatchObject([
    { label: 'none' },
    { label: 'very strong' },
  ])
})

test('a batch has the codes of elements, and the distances of moleculeDataset', async () => {
  const found = await read(await file('two.xyz', TWO))
  const batch = exampleDataset(found.kind, found.examples, []).batch([1, 0])
  const reference = moleculeDataset(parseXyz(new TextEncoder().encode(TWO)), [-76.5, -1.25], ['H', 'C', 'O']).batch([1, 0])
  expect(batch).toEqual({ ...reference, x: { dtype: 'float32', shape: [2, 3, 1], data: Float32Array.of(0, 1, 0, 2, 0, 0) } })
})

test('energies of elements are fitted to the training part', async () => {
  const [h, c, extra] = [-0.5, -38, 2]
  const molecule = (hs: number, cs: number, more: number): string =>
    [hs + cs, `energy=${hs * h + cs * c + more}`, ...Array.from({ length: hs + cs }, (_, i) => `${i < hs ? 'H' : 'C'} ${i} 0 0`), ''].join(
      '\n',
    )
  const text = [molecule(2, 1, extra), molecule(2, 1, -extra), molecule(1, 2, extra), molecule(1, 2, -extra), molecule(1, 9, 1e6)].join('')
  const found = await read(await file('fit.xyz', text))
  const { regression, features } = fit(found, found.examples.slice(0, 4))
  expect(regression?.perChannel?.map((energy) => Number(energy.toFixed(5)))).toEqual([h, c])
  expect(regression?.scale).toBeCloseTo(extra, 5)
  expect(features.categories).toEqual({ 0: 2 })
})

test.each([
  [
    '1\nfoo=1\nH 0 0 0\n',
    {},
    /bad\.xyz, molecule 1: expected the property "energy" \(--target NAME chooses another\) in the comment line, received foo/,
  ],
  ['1\nfoo=1\nH 0 0 0\n', { label: 'bar' }, /bad\.xyz, molecule 1: expected the property "bar" in the comment line, received foo/],
  [
    '1\nenergy=1\nH 0 0 0\n2\nenergy=1\nH 0 0 0\nH 0 0 0\n',
    {},
    /bad\.xyz, molecule 2: expected atoms at different places, received atoms 0 and 1/,
  ],
  ['1\nenergy=1\nXx 0 0 0\n', {}, /bad\.xyz, molecule 1: .*"Xx"/],
  ['1\nLattice="5 0 0 0 5 0 0 0 5" energy=1\nH 0 0 0\n', {}, /bad\.xyz, molecule 1: expected atoms in free space, received a lattice/],
  ['1\nenergy=1\nH 0 0\n', {}, /bad\.xyz, line 3: expected atom 1 of 1/],
  ['1\nenergy=1\nH 0 0 0\n', { label: 'a', target: 'b' }, /--label: expected either --label or --target, received both/],
] as const)('%j is refused', async (text, more, message) => {
  await expect(read(await file('bad.xyz', text), more)).rejects.toThrow(message)
})

test('molecules train to a smaller error than that of the mean', async () => {
  const molecules = Array.from({ length: 60 }, (_, i) => {
    const [hydrogens, length] = [1 + (i % 4), 0.9 + (i % 7) * 0.1]
    const atoms = Array.from({ length: hydrogens }, (_, j) => `H ${length * (j + 1)} 0 0`)
    return [hydrogens + 1, `energy=${-38 - 0.6 * hydrogens - length}`, 'C 0 0 0', ...atoms, ''].join('\n')
  })
  const path = await file('train.xyz', molecules.join(''))
  const out = join(folder, 'run')
  const trained = await equivar('train', '--data', path, '--out', out, '--epochs', '3', '--json')
  expect([trained.stderr, trained.status]).toEqual(['', 0])
  const [result] = jsonLines<{ mae: number }>((await equivar('evaluate', out, '--split', 'test', '--json')).stdout)
  // The mean absolute deviation of these energies is more than 0.5.
  expect(result?.mae).toBeLessThan(0.3)
}, 60_000)
