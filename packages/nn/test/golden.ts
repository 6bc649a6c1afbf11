import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TensorValue } from '@equivar/tensor'

const shared = process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared')

/** A golden case of another framework: inputs, weights, outputs, and the derivatives of sum(output * cotangent). */
export interface Golden {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: Readonly<Record<string, { shape: number[]; data: number[] }>>
}

/** Whether the folder of golden cases is there. */
export const haveGoldenCases: boolean = existsSync(join(shared, 'fixtures'))

/** Cases that have been asked for. */
export const usedCases: Set<string> = new Set()

/** Names of the cases in a folder, such as `nn/linear`. */
export function caseNames(folder: string): string[] {
  const files = readdirSync(join(shared, 'fixtures', folder))
  return files.filter((file) => file.endsWith('.json')).map((file) => `${folder}/${file.slice(0, -'.json'.length)}`)
}

/** One golden case, such as `nn/linear`. */
export function golden(name: string): Golden {
  usedCases.add(name)
  return JSON.parse(readFileSync(join(shared, 'fixtures', `${name}.json`), 'utf8')) as Golden
}

/** A tensor of a golden case as a float64 feed. */
export function feed({ shape, data }: { shape: number[]; data: number[] }): TensorValue {
  return { dtype: 'float32', shape, data: Float64Array.from(data) }
}
