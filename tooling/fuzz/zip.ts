import { deflateRawSync } from 'node:zlib'

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** Integers of 2 or 4 bytes, one after the other. */
function packed(...fields: readonly (readonly [2 | 4, number])[]): Uint8Array {
  const bytes = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0))
  let at = 0
  for (const [width, value] of fields) at = bytes.writeUIntLE(value, at, width)
  return bytes
}

/** What a member says of itself in place of the truth. */
export interface Claim {
  readonly size?: number
  readonly checksum?: number
  readonly compressed?: boolean
}

/** A zip archive of members whose sizes and checksums fit, unless a claim says otherwise. */
export function zipOf(members: Readonly<Record<string, Uint8Array>>, { size, checksum, compressed = false }: Claim = {}): Uint8Array {
  let offset = 0
  const parts = Object.entries(members).map(([name, content]) => {
    const title = Buffer.from(name)
    const body = compressed ? deflateRawSync(content) : content
    const shared = [
      [2, 20],
      [2, 0],
      [2, compressed ? 8 : 0],
      [4, 0],
      [4, checksum ?? crc32(content)],
      [4, body.length],
      [4, size ?? content.length],
      [2, title.length],
      [2, 0],
    ] as const
    const local = Buffer.concat([packed([4, 0x04034b50], ...shared), title, body])
    const entry = Buffer.concat([packed([4, 0x02014b50], [2, 20], ...shared, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), title])
    offset += local.length
    return { local, entry }
  })
  const directory = Buffer.concat(parts.map(({ entry }) => entry))
  const count = parts.length
  const end = packed([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, directory.length], [4, offset], [2, 0])
  return Buffer.concat([...parts.map(({ local }) => local), directory, end])
}
