import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  cacheFolder,
  downloadableTuSets,
  findFile,
  loadMnist,
  loadPlanetoid,
  loadTu,
  MissingDataError,
  mnistResource,
  type Resource,
  tuResource,
} from '@equivar/datasets/node'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileAnswer, serve } from './loopback-server.ts'
import { isMissing, sharedData } from './shared-data.ts'

const content = new TextEncoder().encode('the right content')
const digest = createHash('sha256').update(content).digest('hex')
const nobody = 'http://127.0.0.1:1/file.bin'
const resourceAt = (address: string): Resource => ({
  name: 'file.bin',
  folder: 'files',
  addresses: [address],
  checksum: { algorithm: 'sha256', digest },
})

let folder: string
let data: string
let cache: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'equivar-find-'))
  data = join(folder, 'data')
  cache = join(folder, 'cache')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (path: string, bytes: Uint8Array | string): string => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

describe('findFile', () => {
  test('searches the data folder, its subfolder and the cache, then downloads', async () => {
    const server = await serve(fileAnswer(content))
    try {
      const find = (): Promise<string> => findFile(resourceAt(server.address), { data, cache })
      expect(await find()).toBe(join(cache, 'files', 'file.bin'))
      expect(await find()).toBe(join(cache, 'files', 'file.bin'))
      expect(server.ranges).toHaveLength(1)
      expect(await findFile(resourceAt(nobody), { cache })).toBe(join(cache, 'files', 'file.bin'))
      const below = put(join(data, 'files', 'file.bin'), 'my own')
      expect(await find()).toBe(below)
      const direct = put(join(data, 'file.bin'), 'my own')
      expect(await find()).toBe(direct)
    } finally {
      await server.close()
    }
  })

  test('downloads a damaged file in the cache again', async () => {
    const server = await serve(fileAnswer(content))
    try {
      const cached = put(join(cache, 'files', 'file.bin'), 'damaged')
      expect(await findFile(resourceAt(server.address), { cache })).toBe(cached)
      expect(new Uint8Array(readFileSync(cached))).toEqual(content)
    } finally {
      await server.close()
    }
  })

  test('without network access, names the searched paths and what to do', async () => {
    const missing = findFile(resourceAt(nobody), { data, cache, retries: 0 })
    const paths = [join(data, 'file.bin'), join(data, 'files', 'file.bin'), join(cache, 'files', 'file.bin')]
    await expect(missing).rejects.toThrow(MissingDataError)
    await expect(missing).rejects.toMatchObject({ paths })
    await expect(missing).rejects.toThrow(
      `file.bin was not found at ${paths.join(' or ')}. Could not download file.bin: ${nobody}: fetch failed (`,
    )
    await expect(missing).rejects.toThrow(
      `Without network access, download ${nobody} elsewhere (sha256 ${digest}), and pass its folder as --data (option data).`,
    )
  })

  test('makes no request if told not to download, or if there is no address', async () => {
    const server = await serve(fileAnswer(content))
    try {
      await expect(findFile(resourceAt(server.address), { cache, download: false })).rejects.toThrow(
        `file.bin was not found at ${join(cache, 'files', 'file.bin')}. Without network access, download ${server.address}`,
      )
      await expect(findFile({ name: 'own.zip', folder: 'tu' }, { cache })).rejects.toThrow(
        `own.zip was not found at ${join(cache, 'tu', 'own.zip')}. It cannot be downloaded: put it into a folder and pass that folder as --data`,
      )
      expect(server.ranges).toHaveLength(0)
    } finally {
      await server.close()
    }
  })
})

test('the cache folder comes from EQUIVAR_CACHE, else from XDG_CACHE_HOME, else from the home folder', () => {
  expect(cacheFolder({ EQUIVAR_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'equivar'))
  expect(cacheFolder({ XDG_CACHE_HOME: '' })).toBe(join(homedir(), '.cache', 'equivar'))
})

describe('resources', () => {
  test('have a fixed address and a checksum', () => {
    expect(downloadableTuSets()).toEqual(['COLLAB', 'IMDBMULTI', 'MUTAG', 'NCI1', 'PROTEINS', 'PTC'])
    for (const name of downloadableTuSets()) {
      expect(tuResource(name)).toMatchObject({
        name: `${name}.zip`,
        folder: 'tu',
        checksum: { digest: expect.stringMatching(/^[\da-f]{64}$/) },
      })
      expect(tuResource(name)!.addresses[0]).toMatch(new RegExp(`^https://.*/[\\da-f]{40}/data/${name}\\.zip$`))
    }
    expect([tuResource('OTHER'), tuResource('toString')]).toEqual([undefined, undefined])
    for (const split of ['train', 'test'] as const)
      for (const kind of ['images', 'labels'] as const) {
        const { addresses, checksum, maxBytes } = mnistResource(split, kind)
        expect([checksum.algorithm, maxBytes, addresses.every((address) => address.startsWith('https://'))]).toEqual([
          'sha256',
          2 ** 26,
          true,
        ])
      }
    expect(mnistResource('test', 'labels')).toMatchObject({ name: 't10k-labels-idx1-ubyte.gz', folder: 'mnist' })
  })

  test.skipIf(isMissing('tu'))('have the checksums of the real files (reads ../shared/data)', () => {
    const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
    for (const name of downloadableTuSets()) expect(digestOf(join(sharedData, 'tu', `${name}.zip`))).toBe(tuResource(name)!.checksum.digest)
    for (const [split, kind] of [
      ['train', 'labels'],
      ['test', 'images'],
      ['test', 'labels'],
    ] as const) {
      const { name, checksum } = mnistResource(split, kind)
      expect(digestOf(join(sharedData, 'mnist', name))).toBe(checksum.digest)
    }
  })
})

describe('loaders', () => {
  test('read sets in the data folder that have no address, and name the path in errors', async () => {
    const file = put(join(data, 'tu', 'MINE.zip'), zipSync({ 'MINE/MINE.txt': new TextEncoder().encode('1\n1 0\n0 0\n') }))
    expect((await loadTu('MINE', { data, cache })).graphs).toHaveLength(1)
    put(file, zipSync({ 'MINE/MINE.txt': new TextEncoder().encode('1\n1 0\n0 1\n') }))
    await expect(loadTu('MINE', { data, cache })).rejects.toThrow(`parseTu: ${file}: MINE/MINE.txt, line 3: expected node 0`)
    await expect(loadTu('../MINE', { data, cache })).rejects.toThrow(
      'loadTu: expected a name of letters, digits, _ and -, received "../MINE".',
    )
  })

  test.skipIf(isMissing('tu'))('read the real sets (reads ../shared/data)', async () => {
    expect((await loadTu('MUTAG', { data: sharedData, cache, download: false })).graphs).toHaveLength(188)
    expect((await loadTu('PTC', { data: join(sharedData, 'tu'), cache, download: false })).graphs).toHaveLength(344)
    expect((await loadMnist('test', { data: sharedData, cache, download: false })).length).toBe(10_000)
    expect((await loadPlanetoid('cora', { data: sharedData, cache, download: false })).graph.nodes).toBe(2708)
  })
})
