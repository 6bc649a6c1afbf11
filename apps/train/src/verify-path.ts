import { readFile } from 'node:fs/promises'
import { inspectOnnx } from '@equivar/export-onnx'
import { CheckFailed, UsageError } from './errors.ts'
import type { Output } from './output.ts'
import { parseConfig } from './run/run-config.ts'
import { demandModelOfRun, fileOf, modelOf, modelValues, readConfig } from './run/run-directory.ts'
import { dataOf } from './run-data.ts'
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
  const isFile = path.endsWith('.onnx')
  if (isFile && metadata.config === undefined)
    throw new UsageError(
      `${file}: expected a model of a run, whose metadata "config" names its task, found none; check symmetries of other files with @equivar/verify`,
    )
  const config = isFile ? parseConfig(metadata.config as string, file) : await readConfig(path)
  if (!isFile) demandModelOfRun(file, metadata, config)
  const values = isFile ? undefined : (await modelValues(path, config)).values
  const checks = await verifyModel(file, { model: modelOf(config), data: await dataOf(config, data), seed, values })
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
