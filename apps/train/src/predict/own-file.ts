import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { categoryNames, type OnnxDescription, type OnnxValue } from '@equivar/export-onnx'
import type { TensorValue } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { exampleBatch } from '../own-data/dataset.ts'
import type { Example, Examples } from '../own-data/example.ts'
import { OWN } from '../own-data/own-source.ts'
import { readExamples } from '../own-data/read.ts'
import type { OwnSource } from '../own-data/source.ts'
import { parseConfig, type RunConfig } from '../run/run-config.ts'
import { type Nested, nest } from './numbers.ts'
import type { Categories } from './one-run.ts'

/** Names of categories by code, by channel. */
type Names = Readonly<Record<number, readonly string[]>>

/** What a model says of the files that it was trained on. */
interface Trained {
  readonly config: RunConfig
  readonly inputs: readonly OnnxValue[]
  readonly categories: Categories
}

/** @throws UsageError if the model was not trained on own data, whose files alone say what they hold. */
function trainedModel({ metadata, inputs }: OnnxDescription, path: string, input: string): Trained {
  const config = metadata.config === undefined ? undefined : parseConfig(metadata.config, `${path}, metadata "config"`)
  if (config?.task === OWN) return { config, inputs, categories: categoryNames(metadata) }
  throw new UsageError(
    `${input}: expected JSON, .npz, .ndjson or .jsonl, as ${basename(path)} was not trained by --data on files such as ${basename(input)}`,
  )
}

/** How the file is read: as the one that the model was trained on was. */
function sourceOf({ config, inputs }: Trained, input: string): OwnSource {
  const { own = { paths: [] }, size, columns } = config
  const { kind, directed, nodeId, setId, edges } = own
  const rank = inputs.find(({ name }) => name === 'x')?.shape.length
  const images = size === undefined ? undefined : rank === 5 ? 'image set' : 'image'
  const dense = inputs.some(({ name }) => name === 'adj') && !/xyz$/i.test(input) ? 'dense graph' : undefined
  const known: OwnSource['kind'] = images ?? kind ?? dense
  const beside = edges === undefined ? undefined : join(dirname(resolve(input)), basename(edges))
  return {
    paths: [resolve(input)],
    unlabelled: true,
    ...(columns === undefined ? {} : { columns }),
    ...(size === undefined ? {} : { size, channels: config.channels }),
    ...(known === undefined ? {} : { kind: known }),
    ...(directed === undefined ? {} : { directed }),
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(setId === undefined ? {} : { setId }),
    ...(beside === undefined || !existsSync(beside) ? {} : { edges: beside }),
  }
}

/** Rows of channels with names instead of codes where the file, or the model, has categories: the model knows its own codes only. */
function withNames(rows: Nested, own: Names, known: Names): unknown {
  const row = (cells: readonly number[]): unknown[] =>
    cells.map((cell, channel) => {
      const names = own[channel]
      if (names !== undefined) return names[cell] ?? cell
      return known[channel] === undefined ? cell : String(cell)
    })
  return (rows as readonly (readonly number[])[]).map(row)
}

/** Inputs that follow from the others. */
const following = ['mask', 'batch', 'num_graphs']

/** An example as a line of newline-delimited JSON. */
function lineOf(
  { kind, categoryNames: ofNodes, edgeCategoryNames: ofEdges }: Examples,
  example: Example,
  { inputs, categories }: Trained,
): string {
  const batch = exampleBatch(kind, [example], new Map())
  const own: Readonly<Record<string, Names | undefined>> = { x: ofNodes, edge_attr: ofEdges }
  const alone = kind === 'graph' || kind === 'nodes'
  const record: Record<string, unknown> = { id: example.name ?? example.where }
  for (const { name } of inputs) {
    const value = Object.hasOwn(batch, name) && !following.includes(name) ? (batch[name] as TensorValue) : undefined
    if (value === undefined) continue
    const nested = nest(value.data, alone ? value.shape : value.shape.slice(1))
    const known = Object.hasOwn(categories, name) ? (categories[name] as Names) : {}
    const named = Object.keys(own[name] ?? {}).length > 0 || Object.keys(known).length > 0
    record[name] = named ? withNames(nested, own[name] ?? {}, known) : nested
  }
  return `${JSON.stringify(record)}\n`
}

/**
 * Reads a file or folder such as a model was trained on (CSV, XYZ, a TU archive, graph6, images), as lines that `predict` takes. What is to be predicted may be
 * missing; in a table, columns are found by their names.
 *
 * @throws UsageError if the model was trained on something else, or the file does not fit it.
 */
export async function* ownLines(description: OnnxDescription, model: string, input: string): AsyncGenerator<Uint8Array> {
  const trained = trainedModel(description, model, input)
  const all = await readExamples(sourceOf(trained, input))
  const encoder = new TextEncoder()
  for (const example of all.examples) yield encoder.encode(lineOf(all, example, trained))
}
