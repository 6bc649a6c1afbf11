import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync as zlibGzip } from 'node:zlib'
import { FormatError, formatNpy, formatNpz, parseIdx, parseNpz, parseXyz } from '@equivar/datasets'
import { loadQm7 } from '@equivar/datasets/node'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allowance } from '../src/allowance.ts'

const MIB = 2 ** 20
const xyz = (atoms: number): Uint8Array => new TextEncoder().encode(`${atoms}\n\n${'H 0 0 0\n'.repeat(atoms)}`)
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'equivar-gzip-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Atoms in a gzipped file, by the reader that takes bytes and by the loader that reads the file as a stream. */
async function atomsOf(bytes: Uint8Array, maxBytes?: number): Promise<number[]> {
  const options = maxBytes === undefined ? {} : { maxBytes }
  writeFileSync(join(folder, 'qm7.xyz.gz'), bytes)
  const both = [parseXyz(bytes, 'file', options), await loadQm7({ data: folder, download: false, ...options })]
  return both.map((molecules) => molecules.reduce((sum, { elements }) => sum + elements.length, 0))
}

async function expectRefused(bytes: Uint8Array, message: RegExp, maxBytes?: number): Promise<void> {
  const options = maxBytes === undefined ? {} : { maxBytes }
  writeFileSync(join(folder, 'qm7.xyz.gz'), bytes)
  for (const read of [async () => parseXyz(bytes, 'file', options), () => loadQm7({ data: folder, download: false, ...options })]) {
    await expect(read()).rejects.toThrow(FormatError)
    await expect(read()).rejects.toThrow(message)
  }
}

describe('gzip', () => {
  test('one member and several are read', async () => {
    expect(await atomsOf(zlibGzip(xyz(3)))).toEqual([3, 3])
    expect(await atomsOf(joined(zlibGzip(xyz(3)), zlibGzip(new Uint8Array(0)), zlibGzip(xyz(4))))).toEqual([7, 7])
  })

  test('any content comes back, at any level', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 0, max: 9 }), (content, level) => {
        const file = joined(Uint8Array.of(0, 0, 8, 1, 0, 0, content.length >> 8, content.length & 255), content)
        expect(parseIdx(zlibGzip(file, { level })).data).toEqual(content)
      }),
      { seed: 1, numRuns: 50 },
    )
  })

  test('18 bytes that claim 4 GB are refused', async () => {
    const empty = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)
    await expectRefused(joined(empty, Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255)), /cannot be unpacked/)
    await expectRefused(joined(empty, new Uint8Array(10)), /cannot be unpacked/)
    const claims = zlibGzip(xyz(3))
    claims[claims.length - 1] = 255
    await expectRefused(claims, /claims 4278190107 bytes and holds 27|incorrect length check/)
  })

  test.each([
    ['truncated', (file: Uint8Array) => file.subarray(0, -9), /cannot be unpacked/],
    ['without its last byte', (file: Uint8Array) => file.subarray(0, -1), /cannot be unpacked/],
    ['with a wrong checksum', (file: Uint8Array) => file.with(file.length - 5, file.at(-5)! ^ 1), /wrong checksum|incorrect data check/],
    ['followed by other bytes', (file: Uint8Array) => joined(file, Uint8Array.of(7)), /cannot be unpacked/],
    ['followed by half a member', (file: Uint8Array) => joined(file, file.subarray(0, 12)), /cannot be unpacked/],
    ['of a header only', (file: Uint8Array) => file.subarray(0, 10), /cannot be unpacked/],
    ['of two bytes', (file: Uint8Array) => file.subarray(0, 2), /cannot be unpacked/],
    ['whose stream is damaged', (file: Uint8Array) => file.with(10, 0xff), /cannot be unpacked/],
  ])('a file %s is refused', async (_, damage, message) => {
    await expectRefused(damage(Uint8Array.from(zlibGzip(xyz(30)))), message)
  })

  test('a file may unpack to maxBytes, by default to 64 MiB + 20 times its size', async () => {
    const bomb = zlibGzip(new Uint8Array(MIB).fill(10))
    await expectRefused(bomb, new RegExp(`at most ${MIB - 1} bytes after unpacking ${bomb.length}, received more`), MIB - 1)
    expect(await atomsOf(bomb, MIB)).toEqual([0, 0])
    await expectRefused(zlibGzip(xyz(10)), /at most 80 bytes .* raise the option maxBytes/, 80)
    expect([allowance(0), allowance(7), allowance(7, { maxBytes: 3 })]).toEqual([64 * MIB, 64 * MIB + 140, 3])
  })
})

/** An archive of entries, each with changes to its record in the directory. */
interface Entry {
  readonly name: string | Uint8Array
  readonly content: Uint8Array
  readonly stored?: boolean
  /** Claimed in the directory instead of the true size and checksum. */
  readonly size?: number
  readonly checksum?: number
  readonly method?: number
  readonly flags?: number
  readonly start?: number
}

const u16 = (n: number): number[] => [n & 255, (n >> 8) & 255]
const u32 = (n: number): number[] => [...u16(n & 0xffff), ...u16(n >>> 16)]

/** CRC-32 by the definition, bit by bit. */
function slowChecksum(bytes: Uint8Array): number {
  let remainder = 0xffffffff
  for (const byte of bytes) {
    remainder ^= byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  }
  return ~remainder >>> 0
}

function zipOf(...entries: Entry[]): Uint8Array {
  const [locals, directory]: [number[], number[]] = [[], []]
  for (const entry of entries) {
    const { content, stored = false } = entry
    const name = typeof entry.name === 'string' ? new TextEncoder().encode(entry.name) : entry.name
    const packed = stored ? content : deflateRawSync(content)
    const { size = content.length, checksum = slowChecksum(content), method = stored ? 0 : 8, flags = 0, start = locals.length } = entry
    const common = [...u16(20), ...u16(flags), ...u16(method), ...u32(0), ...u32(checksum), ...u32(packed.length), ...u32(size)]
    locals.push(...u32(0x04034b50), ...common, ...u16(name.length), ...u16(0), ...name, ...packed)
    directory.push(...u32(0x02014b50), ...u16(20), ...common, ...u16(name.length), ...new Array<number>(12).fill(0), ...u32(start), ...name)
  }
  const end = [...u16(entries.length), ...u16(entries.length), ...u32(directory.length), ...u32(locals.length), 0, 0]
  return Uint8Array.from([...locals, ...directory, ...u32(0x06054b50), 0, 0, 0, 0, ...end])
}

describe('zip', () => {
  const content = formatNpy({ dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) })

  test('compressed and stored entries are read, whatever bytes their names are', () => {
    const odd = Uint8Array.of(0xff, ...new TextEncoder().encode('.npy'))
    const read = parseNpz(zipOf({ name: 'a.npy', content }, { name: '__proto__.npy', content, stored: true }, { name: odd, content }))
    expect(Object.keys(read)).toEqual(['a', '__proto__', '\ufffd'])
    for (const { data } of Object.values(read)) expect(data).toEqual(Uint8Array.of(1, 2, 3))
  })

  test.each<[string, Entry, string]>([
    ['a wrong checksum', { name: 'a.npy', content, checksum: 1 }, '"a.npy" has the wrong checksum'],
    [
      'a wrong checksum under a name that is not UTF-8',
      { name: Uint8Array.of(0xff, ...new TextEncoder().encode('.npy')), content, checksum: 1 },
      'has the wrong checksum',
    ],
    ['a size that is too large', { name: 'a.npy', content, size: content.length + 1 }, 'claims 132 bytes and holds 131'],
    ['a size that is too small', { name: 'a.npy', content, size: content.length - 1 }, 'claims 130 bytes and holds more'],
    ['a wrong size of a stored entry', { name: 'a.npy', content, stored: true, size: 9 }, 'claims 9 bytes and holds 131'],
    ['a size of 3 GB', { name: 'a.npy', content, size: 3e9 }, 'at most 67'],
    ['an encrypted entry', { name: 'a.npy', content, flags: 1 }, '"a.npy" is encrypted'],
    ['another method', { name: 'a.npy', content, method: 12 }, 'compressed by method 12, not by deflate'],
    ['a stream that is none', { name: 'a.npy', content: new Uint8Array(40).fill(255), stored: true, method: 8 }, 'cannot be unpacked'],
    ['a header elsewhere', { name: 'a.npy', content, start: 7 }, 'without the'],
    ['a header behind the end', { name: 'a.npy', content, start: 4_000_000_000 }, 'without the'],
    ['an entry of 4 GiB', { name: 'a.npy', content, start: 0xffffffff }, 'has 4 GiB or more'],
  ])('%s is refused', (_, entry, message) => {
    const read = (): unknown => parseNpz(zipOf(entry), 'x.npz')
    expect(read).toThrow(FormatError)
    expect(read).toThrow(message)
  })

  test('a name that occurs twice is refused, and so is a directory that is cut', () => {
    expect(() => parseNpz(zipOf({ name: 'a.npy', content }, { name: 'a.npy', content }))).toThrow('"a.npy" occurs twice')
    const file = zipOf({ name: 'a.npy', content })
    expect(() => parseNpz(file.with(file.length - 12, 2))).toThrow('a directory without entry 1 of 2')
    expect(() => parseNpz(file.subarray(40))).toThrow('a directory without entry 0 of 1')
    expect(() => parseNpz(new Uint8Array(0))).toThrow('0 bytes that cannot be unpacked')
  })

  test('a MB that unpacks to a GB is refused before it is unpacked, and read with maxBytes', () => {
    const zeros = formatNpz({ x: { dtype: 'uint8', shape: [70 * MIB], data: new Uint8Array(70 * MIB) } })
    expect(() => parseNpz(zeros)).toThrow(/expected at most \d+ bytes after unpacking \d+, received 73400448\. .*maxBytes/)
    expect(parseNpz(zeros, 'x.npz', { maxBytes: 80 * MIB }).x?.shape).toEqual([70 * MIB])
  })

  test('control characters in names are escaped in messages', () => {
    const name = '\u001b[31m\u202ea\u009b.npy'
    try {
      parseNpz(zipOf({ name, content: new Uint8Array(3) }), 'x\u0007.npz')
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).toContain('parseNpy: x\\u0007.npz: \\u001b[31m\\u202ea\\u009b.npy')
    }
  })
})
