let table: Int32Array | undefined

function tableOf(): Int32Array {
  table ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
    return remainder
  })
  return table
}

/**
 * The CRC-32 checksum, as stored at the end of a gzip file and in the directory of a zip archive.
 *
 * @param before - the checksum of the bytes before these, if they come in pieces.
 */
export function crc32(bytes: Uint8Array, before: number = 0): number {
  const remainders = tableOf()
  let remainder = ~before
  for (let i = 0; i < bytes.length; i++) remainder = (remainder >>> 8) ^ remainders[(remainder ^ bytes[i]!) & 255]!
  return ~remainder >>> 0
}
