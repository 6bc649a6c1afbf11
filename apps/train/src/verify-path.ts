import { readFile } from 'node:fs/promises'
import { inspectOnnx } from '@equivar/export-onnx'
import { CheckFailed, UsageError } from './errors.ts'
import type { Output } from './output.ts'
import { dataOf } from './run-data.ts'
import { fileOf, modelOf, type RunConfig, readConfig, valuesFile } from './run-directory.ts'
import { verifyModel } from './verify.ts'

/** Options of `equivar verify`. */
export interface VerifyOptions {
  readonly data?: string
  readonly seed: number
}

/** `equivar verify`: checks a run directory or an exported model. @throws UsageError if Equivar did not export it; CheckFailed with the failed checks. */
export async function verifyPath(path: string, { data, seed }: VerifyOptions, output: Output): Promise<void> {
  const file = path.endsWith('.onnx') ? path : fileOf(path, 'model')
  const { metadata } = inspectOnnx(await readFile(file), file)
  const config = path.endsWith('.onnx') ? (JSON.parse(metadata.config ?? '{}') as RunConfig) : await readConfig(path)
  if (config.task === undefined) throw new UsageError(`${file}: expected a model exported by Equivar, with metadata "config", found none`)
  const checkpoint = path.endsWith('.onnx') ? undefined : valuesFile(path, config)
  const checks = await verifyModel(file, { model: modelOf(config), data: await dataOf(config, data), seed, checkpoint })
  for (const check of checks) {
    const holds = check.error <= check.tolerance
    output.result({ ...check, holds })
    output.say(
      `${holds ? 'holds' : 'FAILS'}  ${check.name}: ${check.error.toExponential(1)} (tolerance ${check.tolerance.toExponential(0)})`,
    )
  }
  const failed = checks.filter(({ error, tolerance }) => error > tolerance)
  if (failed.length > 0)
    throw new CheckFailed(`${file}: ${failed.length} of ${checks.length} checks failed: ${failed.map(({ name }) => name).join(', ')}`)
}
