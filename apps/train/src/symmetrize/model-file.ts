import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename, dirname, resolve, sep } from 'node:path'
import { exportOnnx, exportOnnxFiles, type ReadExternal } from '@equivar/export-onnx'
import type { Program } from '@equivar/tensor'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from '../errors.ts'

/** Reads values that lie in files beside a model, and notes whether there were any. */
export function besideModel(path: string): { readonly read: ReadExternal; readonly wasRead: () => boolean } {
  const folder = dirname(resolve(path))
  let wasRead = false
  return {
    wasRead: () => wasRead,
    read: (location, offset, length) => {
      wasRead = true
      const file = resolve(folder, location)
      if (!file.startsWith(folder + sep)) throw new UsageError(`${path}: expected values in files beside the model, received "${location}"`)
      const handle = openSync(file, 'r')
      try {
        const bytes = new Uint8Array(length ?? fstatSync(handle).size - offset)
        for (let at = 0; at < bytes.length; ) {
          const read = readSync(handle, bytes, at, bytes.length - at, offset + at)
          if (read === 0) throw new UsageError(`${file}: expected ${bytes.length} bytes from ${offset} on, received ${at}`)
          at += read
        }
        return bytes
      } finally {
        closeSync(handle)
      }
    },
  }
}

/** Writes a Program as one file; with a data file beside it if the values lay beside the model before. */
export async function writeModel(path: string, program: Program, isExternal: boolean): Promise<void> {
  if (!isExternal) return writeAtomically(path, exportOnnx(program))
  const location = `${basename(path)}.data`
  const { model, data } = exportOnnxFiles(program, { location })
  await writeAtomically(resolve(dirname(path), location), Buffer.concat(data))
  await writeAtomically(path, model)
}
