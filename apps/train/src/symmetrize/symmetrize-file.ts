import { readFile } from 'node:fs/promises'
import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx, inspectOnnx, type OnnxValue } from '@equivar/export-onnx'
import { type BatchMode, type Method, type Step, type SymmetrizedProgram, symmetrizeOnnx } from '@equivar/symmetrize'
import { Random } from '@equivar/tensor'
import { randomInputs, runToHost, type Values } from '@equivar/verify'
import { asClaim, type Claims, exampleClaim, parseClaims } from '../claims/claims.ts'
import { inputShapes } from '../claims/input-sizes.ts'
import { demandNames } from '../claims/verify-claims.ts'
import { messageOf, UsageError } from '../errors.ts'
import type { Output } from '../output.ts'
import { errorOf, relativeSpread, timeRatio } from './measure.ts'
import { besideModel, writeModel } from './model-file.ts'
import { hasSeparateExamples } from './separate-examples.ts'

/** Options of `equivar symmetrize`, as given. */
export interface SymmetrizeRequest {
  readonly action: readonly string[]
  readonly output: readonly string[]
  readonly out: string
  readonly method?: Method
  readonly samples: number
  readonly most: number
  readonly batch?: BatchMode
  readonly seed: number
  readonly range: readonly string[]
  readonly size: Readonly<Record<string, number>>
}

/** A file, and inputs of a few sizes at which it runs. */
interface Given {
  readonly bytes: Uint8Array
  readonly inputs: readonly OnnxValue[]
  readonly model: LoadedOnnx
  readonly feeds: readonly Values[]
}

/** Random inputs of a few sizes, of which the model runs. @throws UsageError if it runs at none. */
async function feedsOf(path: string, model: LoadedOnnx, inputs: readonly OnnxValue[], claims: Claims): Promise<Values[]> {
  const random = new Random({ seed: claims.seed, stream: 'symmetrize' })
  const feeds: Values[] = []
  let refused = ''
  for (const shapes of inputShapes(inputs, claims.inputs, claims.sizes)) {
    const drawn = await asClaim('--action', () => randomInputs(inputs, { shapes, actions: claims.inputs, ranges: claims.ranges, random }))
    try {
      await runToHost(model, drawn)
      feeds.push(drawn)
    } catch (error) {
      refused = messageOf(error)
    }
  }
  if (feeds.length > 0) return feeds
  throw new UsageError(`${path}: ${refused}; give sizes that it accepts by --size name=number, or numbers by --range name:0..9`)
}

async function open(path: string, claims: Claims): Promise<Given> {
  const bytes = await readFile(path)
  const file = inspectOnnx(bytes, path)
  demandNames(claims, file)
  const model = await loadOnnx(path)
  return { bytes, inputs: file.inputs, model, feeds: await feedsOf(path, model, file.inputs, claims) }
}

/** The inputs whose axis 0 has the same open size as that of the first input that moves. */
function countedInputs(inputs: readonly OnnxValue[], { inputs: actions }: Claims): OnnxValue[] {
  const size = inputs.find(({ name }) => Object.hasOwn(actions, name))?.shape[0]
  return typeof size === 'string' ? inputs.filter(({ shape }) => shape[0] === size) : []
}

/** What axis 0 is, found by runs: examples that are stacked, or not examples. Undefined if its size is fixed. */
async function foundBatch({ inputs, model, feeds }: Given, claims: Claims): Promise<BatchMode | undefined> {
  const counted = countedInputs(inputs, claims)
  const acts = Object.entries(claims.inputs).some(([name, { factors }]) => {
    const rank = inputs.find((each) => each.name === name)?.shape.length ?? 0
    return factors.some(({ axes, onEntries }) => onEntries || axes.some((axis) => axis === 0 || axis === -rank))
  })
  if (acts) return 'none'
  if (counted.length === 0) return undefined
  return (await hasSeparateExamples(model, counted, feeds[0] as Values)) ? 'stack' : 'none'
}

const products = (steps: readonly Step[]): number => steps.reduce((runs, each) => runs * each.runs, 1)

/** Says what was done, and measures it. */
async function report(
  { model, feeds }: Given,
  { steps }: SymmetrizedProgram,
  { claims, request, spread }: { claims: Claims; request: SymmetrizeRequest; spread: LoadedOnnx | undefined },
  output: Output,
): Promise<void> {
  const after = await loadOnnx(request.out)
  const errors = [await errorOf(model, claims, feeds, claims.seed), await errorOf(after, claims, feeds, claims.seed)] as const
  const ratio = await timeRatio(model, after, feeds[0] as Values)
  const standardError = spread === undefined ? undefined : await relativeSpread(spread, after, feeds)
  await Promise.all([after, ...(spread === undefined ? [] : [spread])].map((each) => each.dispose()))
  output.result({
    out: request.out,
    steps,
    runs: products(steps),
    timeRatio: ratio,
    error: { before: errors[0], after: errors[1] },
    standardError,
  })
  for (const { text, method, runs } of steps)
    output.say(`${text}: ${method}, ${runs} ${runs === 1 ? 'run' : 'runs'} of the model for each example`)
  output.say(`cost: ${products(steps)} times the model's runs, ${ratio.toFixed(2)} times its time`)
  output.say(
    `equivariance error: ${errors[0].toExponential(1)} before, ${errors[1].toExponential(1)} after, relative to the largest output`,
  )
  if (standardError !== undefined)
    output.say(`standard error of the sampled mean: ${standardError.toExponential(1)} of the largest output; it falls as 1 / sqrt(samples)`)
  if (steps.some(({ text, method }) => method !== 'sample' && /\(\d+\)$/.test(text) && method !== 'average'))
    output.say('note: where two principal variances are equal, the frame is not unique, and the output jumps and depends on the pose')
  output.say(`wrote ${request.out}`)
}

/**
 * `equivar symmetrize`: any ONNX file made invariant, or equivariant.
 *
 * @throws UsageError if the actions do not fit the file, or a group is too large for its method.
 */
export async function symmetrizeFile(path: string, request: SymmetrizeRequest, output: Output): Promise<void> {
  const claims = await parseClaims(request)
  if (claims === undefined)
    throw new UsageError(`--action: expected at least one, such as ${exampleClaim(inspectOnnx(await readFile(path), path).inputs)}`)
  const given = await open(path, claims)
  const beside = besideModel(path)
  const batch = request.batch ?? (await foundBatch(given, claims))
  const make = (statistic: 'mean' | 'standard error'): Promise<SymmetrizedProgram> =>
    asClaim(path, () =>
      symmetrizeOnnx(given.bytes, {
        where: path,
        readExternal: beside.read,
        actions: claims,
        samples: request.samples,
        mostElements: request.most,
        seed: request.seed,
        statistic,
        ...(request.method === undefined ? {} : { method: request.method }),
        ...(batch === undefined ? {} : { batch }),
      }),
    )
  const made = await make('mean')
  await writeModel(request.out, made.program, beside.wasRead())
  const isSampled = made.steps[0]?.method === 'sample'
  const spread = isSampled ? await loadOnnx(exportOnnx((await make('standard error')).program)) : undefined
  await report(given, made, { claims, request, spread }, output)
  await given.model.dispose()
}
