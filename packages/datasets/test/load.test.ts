import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, formatNpy } from '@equivar/datasets'
import { loadMnist, loadPlanetoid, loadPosedMesh, loadQm7, loadRelief, loadTu } from '@equivar/datasets/node'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'equivar-load-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const put = (path: string, content: Uint8Array): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
const idx = (shape: readonly number[], ...bytes: number[]): Uint8Array =>
  gzipSync(Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...bytes))
const floats = (shape: readonly number[], ...numbers: number[]) => ({ dtype: 'float32', shape, data: Float32Array.from(numbers) }) as const
const options = (maxBytes?: number) => ({ data: folder, download: false, ...(maxBytes === undefined ? {} : { maxBytes }) })

const network = {
  'planetoid/own.nodes.txt.gz': gzipSync(text('1 0\n0\n')),
  'planetoid/own.edges.txt.gz': gzipSync(text('0 1\n')),
  'planetoid/own.split.json': text('{"nodes":2,"features":1,"classes":2,"train":[0],"val":[1],"test":[]}'),
}
const relief = {
  'sphere/etopo20data.gz': gzipSync(text('1 2\n3 4\n')),
  'sphere/etopo20lats.gz': gzipSync(text('-45\n45\n')),
  'sphere/etopo20lons.gz': gzipSync(text('0\n180\n')),
}
const faces = formatNpy({ dtype: 'uint16', shape: [1, 3], data: Uint16Array.of(0, 1, 2) })
const poses = formatNpy(floats([1, 3, 3], 0, 0, 0, 1, 0, 0, 0, 1, 0))

/** The files of each set of data, how it is loaded, and a small thing that shows which file is read where. */
const loaders: readonly [string, Readonly<Record<string, Uint8Array>>, (maxBytes?: number) => Promise<unknown>, unknown][] = [
  [
    'loadTu',
    { 'tu/own-set_1.zip': zipSync({ 'own-set_1/own-set_1.txt': text('1\n1 7\n0 0\n') }) },
    async (maxBytes) => (await loadTu('own-set_1', options(maxBytes))).classes,
    ['7'],
  ],
  [
    'loadMnist train',
    { 'mnist/train-images-idx3-ubyte.gz': idx([1, 1, 2], 51, 255), 'mnist/train-labels-idx1-ubyte.gz': idx([1], 1) },
    async (maxBytes) => (await loadMnist('train', options(maxBytes))).batch([0]),
    { x: floats([1, 1, 1, 2], 0.2, 1), target: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) } },
  ],
  [
    'loadMnist test',
    { 'mnist/t10k-images-idx3-ubyte.gz': idx([1, 1, 1], 0), 'mnist/t10k-labels-idx1-ubyte.gz': idx([1], 2) },
    async (maxBytes) => (await loadMnist('test', options(maxBytes))).batch([0]).target?.data,
    BigInt64Array.of(2n),
  ],
  [
    'loadPlanetoid',
    network,
    async (maxBytes) => await loadPlanetoid('own', options(maxBytes)),
    {
      graph: { nodes: 2, edges: { sources: Int32Array.of(1, 0), targets: Int32Array.of(0, 1) }, features: Float32Array.of(1, 0) },
      ...{ features: 1, classes: 2, labels: Int32Array.of(1, 0) },
      ...{ train: Uint32Array.of(0), validation: Uint32Array.of(1), test: Uint32Array.of() },
    },
  ],
  [
    'loadQm7',
    { 'molecules/qm7/qm7.xyz.gz': gzipSync(text('1\nenergy=2\nC 0 0 1\n')) },
    async (maxBytes) => await loadQm7(options(maxBytes)),
    [{ elements: ['C'], positions: Float64Array.of(0, 0, 1), properties: { energy: 2 } }],
  ],
  [
    'loadRelief',
    relief,
    async (maxBytes) => await loadRelief(options(maxBytes)),
    { rows: 2, columns: 2, firstLongitude: 0, heights: Float32Array.of(1, 2, 3, 4) },
  ],
  [
    'loadPosedMesh',
    { 'meshes/own-poses.f32.npy': poses, 'meshes/own-faces.u16.npy': faces },
    async () => await loadPosedMesh('own', options()),
    { poses: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), vertices: 3, faces: Uint16Array.of(0, 1, 2) },
  ],
]

describe.each(loaders)('%s', (name, files, load, expected) => {
  test('reads its files in the data folder', async () => {
    for (const [path, content] of Object.entries(files)) put(path, content)
    expect(await load()).toEqual(expected)
  })

  test.each(Object.keys(files))('names %s where it is missing', async (path) => {
    for (const [other, content] of Object.entries(files)) if (other !== path) put(other, content)
    await expect(load()).rejects.toThrow(`was not found at ${join(folder, path.slice(path.lastIndexOf('/') + 1))} or ${join(folder, path)}`)
  })

  test.skipIf(name === 'loadPosedMesh').each(Object.keys(files).filter((path) => path.endsWith('.gz') || path.endsWith('.zip')))(
    'unpacks no more of %s than maxBytes',
    async (path) => {
      for (const [other, content] of Object.entries(files)) put(other, content)
      await expect(load(1)).rejects.toThrow(/: expected at most 1 bytes after unpacking \d+, received/)
      put(path, path.endsWith('.zip') ? text('none') : Uint8Array.of(0x1f, 0x8b, 7))
      await expect(load()).rejects.toThrow(join(folder, path))
    },
  )
})

test('the names of files are in the errors of their contents', async () => {
  for (const [path, content] of Object.entries(network)) put(path, content)
  put('planetoid/own.nodes.txt.gz', gzipSync(text('9\n')))
  await expect(loadPlanetoid('own', options())).rejects.toThrow('parsePlanetoid: own.nodes, line 1: expected node 0 of 2')
  put('molecules/qm7/qm7.xyz.gz', gzipSync(text('x\n')))
  await expect(loadQm7(options())).rejects.toThrow(`parseXyz: ${join(folder, 'molecules/qm7/qm7.xyz.gz')}, line 1: expected`)
  put('mnist/t10k-images-idx3-ubyte.gz', text('PNG'))
  await expect(loadMnist('test', options())).rejects.toThrow(
    `parseIdx: ${join(folder, 'mnist/t10k-images-idx3-ubyte.gz')}: expected an IDX`,
  )
  put('meshes/own-poses.f32.npy', text('x'))
  await expect(loadPosedMesh('own', options())).rejects.toThrow(`parseNpy: ${join(folder, 'meshes/own-poses.f32.npy')}: expected`)
})

test.each(['', 'a/b', 'a.b', '../a', 'a..', 'a b'])('loadTu refuses the name %j', async (name) => {
  await expect(loadTu(name, options())).rejects.toThrow(
    new RangeError(`loadTu: expected a name of letters, digits, _ and -, received ${JSON.stringify(name)}.`),
  )
})

describe('loadPosedMesh', () => {
  const bytes = (dtype: 'uint8' | 'uint16', shape: readonly number[], ...numbers: number[]): Uint8Array =>
    formatNpy({ dtype, shape, data: dtype === 'uint8' ? Uint8Array.from(numbers) : Uint16Array.from(numbers) })
  test.each<[string, Uint8Array, Uint8Array, string]>([
    ['poses that are bytes', bytes('uint8', [1, 1, 3], 0, 0, 0), bytes('uint16', [0, 3]), '1, received uint8 [1, 1, 3] and uint16 [0, 3]'],
    ['poses of two axes', formatNpy(floats([1, 3], 0, 0, 0)), bytes('uint16', [0, 3]), '3, received float32 [1, 3] and uint16 [0, 3]'],
    ['poses of no axes', formatNpy(floats([], 0)), bytes('uint16', [0, 3]), '0, received float32 [] and uint16 [0, 3]'],
    ['points in the plane', formatNpy(floats([1, 1, 2], 0, 0)), bytes('uint16', [0, 3]), '1, received float32 [1, 1, 2] and uint16 [0, 3]'],
    ['faces that are bytes', poses, bytes('uint8', [1, 3], 0, 1, 2), '3, received float32 [1, 3, 3] and uint8 [1, 3]'],
    ['faces of one axis', poses, bytes('uint16', [3], 0, 1, 2), '3, received float32 [1, 3, 3] and uint16 [3]'],
    ['faces of four corners', poses, bytes('uint16', [1, 4], 0, 1, 2, 0), '3, received float32 [1, 3, 3] and uint16 [1, 4]'],
    ['a vertex that does not exist', poses, bytes('uint16', [1, 3], 0, 1, 3), '3, received float32 [1, 3, 3] and uint16 [1, 3]'],
  ])('refuses %s', async (_, given, corners, message) => {
    put('meshes/own-poses.f32.npy', given)
    put('meshes/own-faces.u16.npy', corners)
    const refused = loadPosedMesh('own', options())
    await expect(refused).rejects.toThrow(FormatError)
    await expect(refused).rejects.toThrow(
      `loadPosedMesh: own: expected poses float32 [poses, vertices, 3] and faces uint16 [faces, 3] of vertices below ${message}.`,
    )
  })
})
