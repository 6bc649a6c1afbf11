import type { TensorValue } from '@equivar/tensor'
import { zipSync } from 'fflate'
import { unzip } from './compression.ts'
import { formatNpy, type NumpyArray, parseNpy } from './npy.ts'

/**
 * Reads the arrays of an archive that numpy saved, compressed or not.
 *
 * @param bytes - an .npz file.
 * @param file - what errors call it.
 * @returns the arrays by their names, without the ending .npy.
 * @throws FormatError if the bytes are no zip archive, or one of its arrays cannot be read.
 */
export function parseNpz(bytes: Uint8Array, file: string = 'the archive'): Record<string, NumpyArray> {
  const entries = unzip('parseNpz', file, bytes, (name) => name.endsWith('.npy'))
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name.slice(0, -4), parseNpy(entry, `${file}: ${name}`)]))
}

/**
 * Writes arrays as numpy saves them together: the bytes of an .npz file. The same arrays give the same bytes at any time.
 *
 * @param compressed - true for `savez_compressed`, false for `savez`.
 * @throws as formatNpy does.
 */
export function formatNpz(arrays: Readonly<Record<string, NumpyArray | TensorValue>>, compressed: boolean = true): Uint8Array {
  const entries = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, formatNpy(array)])
  return zipSync(Object.fromEntries(entries), { level: compressed ? 6 : 0, mtime: new Date(1980, 0, 1) })
}
