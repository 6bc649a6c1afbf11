import type { TensorValue } from '@equivar/tensor'
import { zipSync } from 'fflate'
import type { ReadOptions } from './allowance.ts'
import { formatNpy, type NumpyArray, parseNpy } from './npy.ts'
import { type NumpyTexts, parseNpyText } from './npy-text.ts'
import { unzip } from './zip.ts'

/**
 * Reads a .npz archive, compressed or uncompressed.
 *
 * @param bytes - a .npz file.
 * @param file - the name of the file in error messages.
 * @returns the arrays by name, without the extension .npy.
 * @throws FormatError if the bytes are not a zip archive, one of its arrays cannot be read, or they unpack to more than `maxBytes`.
 */
export function parseNpz(bytes: Uint8Array, file: string = 'the archive', options: ReadOptions = {}): Record<string, NumpyArray> {
  const entries = unzip('parseNpz', file, bytes, (name) => name.endsWith('.npy'), options)
  return Object.fromEntries([...entries].map(([name, entry]) => [name.slice(0, -4), parseNpy(entry, `${file}: ${name}`)]))
}

/**
 * Reads a .npz archive that may have arrays of texts, which NumPy writes for names of classes.
 *
 * @returns arrays of numbers or texts by name, without the extension .npy.
 * @throws FormatError as parseNpz does.
 */
export function parseNpzWithTexts(
  bytes: Uint8Array,
  file: string = 'the archive',
  options: ReadOptions = {},
): Record<string, NumpyArray | NumpyTexts> {
  const entries = unzip('parseNpz', file, bytes, (name) => name.endsWith('.npy'), options)
  const read = (name: string, entry: Uint8Array): NumpyArray | NumpyTexts => {
    const where = `${file}: ${name}`
    return parseNpyText(entry, where) ?? parseNpy(entry, where)
  }
  return Object.fromEntries([...entries].map(([name, entry]) => [name.slice(0, -4), read(name, entry)]))
}

/** Options of formatNpz. */
export interface NpzOptions {
  /** True (the default) writes what `savez_compressed` writes, false what `savez` writes. */
  readonly compressed?: boolean
}

/**
 * Writes a .npz archive. Equal arrays always give equal bytes.
 *
 * @throws RangeError or TypeError as formatNpy does.
 */
export function formatNpz(arrays: Readonly<Record<string, NumpyArray | TensorValue>>, { compressed = true }: NpzOptions = {}): Uint8Array {
  const entries = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, formatNpy(array)])
  return zipSync(Object.fromEntries(entries), { level: compressed ? 6 : 0, mtime: new Date(1980, 0, 1) })
}
