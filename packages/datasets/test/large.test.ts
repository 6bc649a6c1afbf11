import { gzipSync } from 'node:zlib'
import { parseXyz } from '@equivar/datasets'
import { expect, test } from 'vitest'

const MIB = 2 ** 20

test('without an option, a file may unpack to 64 MiB + 20 times its size', () => {
  const bomb = gzipSync(new Uint8Array(66 * MIB).fill(10))
  expect(() => parseXyz(bomb, 'file')).toThrow(`at most ${64 * MIB + 20 * bomb.length} bytes after unpacking ${bomb.length}, received more`)
  expect(parseXyz(bomb, 'file', { maxBytes: 66 * MIB })).toEqual([])
})
