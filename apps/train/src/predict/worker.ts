/**
 * A worker thread of `equivar predict`: receives a chunk of examples and returns the lines of their predictions.
 */
import { readFile } from 'node:fs/promises'
import { type Device, type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { acceptRequest, type BatchRecipe, batchRecipe, joinRequests, partitionRuns } from '@equivar/batching'
import { categoryNames, classNames, inspectOnnx } from '@equivar/export-onnx'
import type { TensorValue } from '@equivar/tensor'
import { messageOf } from '../errors.ts'
import { exampleLine, type ReadExample, readExample } from './examples.ts'
import type { Categories } from './one-run.ts'

/** The settings that are the same for all chunks. */
export interface WorkerSettings {
  readonly model: string
  readonly device: Device
  readonly threads: number
  /** Largest number of examples in a run. */
  readonly batch: number
  /** Whether an invalid example gives a line with its error instead of ending the run. */
  readonly skipErrors: boolean
}

/** Examples to predict: lines of JSON, or rows of arrays. */
export type WorkerTask = { readonly settings: WorkerSettings } & (
  | { readonly bytes: Uint8Array; readonly count: number }
  | { readonly rows: Readonly<Record<string, TensorValue>>; readonly count: number }
)

/** The lines of a chunk, or its first invalid example. */
export type WorkerResult = { readonly lines: Uint8Array; readonly errors: number } | { readonly bad: number; readonly message: string }

interface Opened {
  readonly session: LoadedOnnx
  readonly recipe: BatchRecipe
  readonly classes: readonly string[]
  readonly categories: Categories
}

let opened: Promise<Opened> | undefined

async function open({ model, device, threads }: WorkerSettings): Promise<Opened> {
  const description = inspectOnnx(await readFile(model), model)
  return {
    session: await loadOnnx(model, { device, threads }),
    recipe: batchRecipe(description),
    classes: classNames(description.metadata),
    categories: categoryNames(description.metadata),
  }
}

class BadExample extends Error {
  readonly index: number

  constructor(index: number, cause: unknown) {
    super(messageOf(cause), { cause })
    this.index = index
  }
}

async function runJoined({ session, recipe, classes }: Opened, examples: readonly ReadExample[]): Promise<string[]> {
  const joined = joinRequests(
    recipe,
    examples.map(({ request }) => request),
  )
  const results = await session.run(joined.feeds)
  const values: Record<string, TensorValue> = {}
  for (const [name, tensor] of Object.entries(results))
    values[name] = { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() }
  const lines = joined.split(values).map((outputs, i) => exampleLine(recipe, outputs, { classes, id: examples[i]?.id }))
  for (const tensor of Object.values(results)) tensor.dispose()
  return lines
}

const errorLine = (error: unknown): string => `${JSON.stringify({ error: messageOf(error) })}\n`

async function predictLines(
  model: Opened,
  texts: readonly string[],
  { batch, skipErrors }: WorkerSettings,
): Promise<{ lines: string[]; errors: number }> {
  const lines = texts.map(() => '')
  let errors = 0
  const failed = (index: number, error: unknown): void => {
    if (!skipErrors) throw new BadExample(index, error)
    lines[index] = errorLine(error)
    errors++
  }
  const examples: ReadExample[] = []
  const places: number[] = []
  texts.forEach((text, index) => {
    try {
      examples.push(readExample(model.recipe, text, model.categories))
      places.push(index)
    } catch (error) {
      failed(index, error)
    }
  })
  const put = async (run: readonly number[]): Promise<void> => {
    const results = await runJoined(
      model,
      run.map((i) => examples[i] as ReadExample),
    )
    results.forEach((line, k) => {
      lines[places[run[k] as number] as number] = line
    })
  }
  const requests = examples.map(({ request }) => request)
  for (const run of partitionRuns(model.recipe, requests, { maxRows: batch })) {
    try {
      await put(run)
    } catch {
      // The model fails on one of them; separate runs show on which.
      for (const i of run) await put([i]).catch((error: unknown) => failed(places[i] as number, error))
    }
  }
  return { lines, errors }
}

async function predictRows(model: Opened, rows: Readonly<Record<string, TensorValue>>, count: number): Promise<string[]> {
  const { session, recipe, classes } = model
  const joined = joinRequests(recipe, [acceptRequest(recipe, rows)])
  const results = await session.run(joined.feeds)
  const values: Record<string, TensorValue> = {}
  for (const [name, tensor] of Object.entries(results))
    values[name] = { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() }
  const [outputs = {}] = joined.split(values)
  return Array.from({ length: count }, (_, row) => exampleLine(recipe, outputs, { row, classes }))
}

/** Predicts a chunk. */
export default async function work(task: WorkerTask): Promise<WorkerResult> {
  const { settings, count } = task
  opened ??= open(settings)
  const model = await opened
  try {
    if ('rows' in task) return { lines: new TextEncoder().encode((await predictRows(model, task.rows, count)).join('')), errors: 0 }
    const texts = new TextDecoder().decode(task.bytes).split('\n').slice(0, count)
    const { lines, errors } = await predictLines(model, texts, settings)
    return { lines: new TextEncoder().encode(lines.join('')), errors }
  } catch (error) {
    if (error instanceof BadExample) return { bad: error.index, message: error.message }
    if ('rows' in task) return { bad: 0, message: messageOf(error) }
    throw error
  }
}
