import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inspectOnnx } from '@equivar/export-onnx'
import { type ClaimOptions, exampleClaim, parseClaims } from './claims/claims.ts'
import { verifyClaims } from './claims/verify-claims.ts'
import { CheckFailed, UsageError } from './errors.ts'
import type { Output } from './output.ts'
import { parseConfig } from './run/run-config.ts'
import { demandModelOfRun, fileOf, modelValues, type Run, readConfig, readRun, runOf } from './run/run-directory.ts'
import { withDataOf } from './run-data.ts'
import { verifyModel } from './verify.ts'

/** Options of `equivar verify`. */
export interface VerifyOptions {
  readonly data?: string
  readonly seed: number
}

/** `equivar verify`: checks the symmetry that actions claim of any ONNX file, or else what a run or its file claims. */
export async function verify(path: string, options: VerifyOptions & ClaimOptions, output: Output): Promise<void> {
  const claims = await parseClaims(options)
  if (claims === undefined) return verifyPath(path, options, output)
  return verifyClaims(path.endsWith('.onnx') ? path : fileOf(path, 'model'), claims, output)
}

/**
 * The run that a file's metadata describe. Where the file of its task is, only the configuration in the run directory knows.
 *
 * @throws UsageError if they describe no model.
 */
async function runOfFile(text: string, file: string): Promise<Run> {
  const config = parseConfig(text, `${file}, metadata "config"`)
  const folder = dirname(file)
  const isInRun = config.taskFile !== undefined && existsSync(fileOf(folder, 'config'))
  const { taskFile } = isInRun ? await readConfig(folder) : config
  return await runOf({ ...config, ...(taskFile === undefined ? {} : { taskFile }) }, folder, file)
}

/** Checks a run directory or an exported model. @throws UsageError if Equivar did not export it; CheckFailed with the failed checks. */
async function verifyPath(path: string, { data, seed }: VerifyOptions, output: Output): Promise<void> {
  const file = path.endsWith('.onnx') ? path : fileOf(path, 'model')
  const { metadata, inputs } = inspectOnnx(await readFile(file), file)
  const isFile = path.endsWith('.onnx')
  if (isFile && metadata.config === undefined)
    throw new UsageError(
      `${file}: expected a model of a run, whose metadata "config" names its task, found none; say which symmetry to check, such as --action ${exampleClaim(inputs)}`,
    )
  const run = isFile ? await runOfFile(metadata.config as string, file) : await readRun(path)
  const { config, model } = run
  if (!isFile) demandModelOfRun(file, metadata, config)
  const values = isFile ? undefined : (await modelValues(path, config)).values
  const checks = await withDataOf(run, { folder: data }, (all) => verifyModel(file, { model, data: all, seed, values }))
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
