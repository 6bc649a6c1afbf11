import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import { type Batch, denseInputs, type Graph, type NodeEncoder, parseGraph6, sparseInputs } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { indistinguishablePairs, sameColours } from '@equivar/layers-graphs'
import { initialize } from '@equivar/nn'
import { evaluate, type Program, type TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { UsageError } from './errors.ts'
import { classes } from './goals.ts'
import type { Output } from './output.ts'
import { buildModel } from './registry.ts'
import { type Precision, tests } from './separators.ts'

/** Number of outputs of a model, and of random draws of its weights. Two graphs are equal if no output of any draw separates them. */
const OUTPUTS = 64
const DRAWS = 3
/** Outputs within this difference, relative to the largest of a draw, count as equal: ten times the rounding error for isomorphic graphs. */
const tolerances: Readonly<Record<Precision, number>> = { float32: 2e-6, float64: 1e-12 }
const GRAPHS_A_RUN = 256

/** Equal features for all nodes. */
const alike: NodeEncoder = {
  channels: 1,
  write: ({ nodes }, rows, start) => {
    rows.fill(1, start, start + nodes)
  },
}

type Row = Float32Array | Float64Array

/** Outputs of one graph, for each draw of the weights. */
type Outputs = readonly Row[]

interface Model {
  y(inputs: Readonly<Record<string, TensorValue>>): Promise<Row>
  dispose(): Promise<void>
}

async function modelOf(program: Program, values: Readonly<Record<string, TensorValue>>, precision: Precision): Promise<Model> {
  if (precision === 'float64')
    return { y: async (inputs) => evaluate(program, { ...values, ...inputs }).y?.data as Float64Array, dispose: async () => {} }
  const executable = await loadOnnx(exportOnnx(program, { values }))
  return {
    y: async (inputs) => {
      const { y } = await executable.run(inputs)
      const data = (await y?.data()) as Float32Array
      y?.dispose()
      return data
    },
    dispose: () => executable.dispose(),
  }
}

/** The outputs of a model with random weights, one row per graph. */
async function drawnOutputs(name: string, graphs: readonly Graph[], seed: number, precision: Precision): Promise<Row[]> {
  const model = buildModel(name, name === 'ppgn' ? { width: 64 } : {}, { channels: 1, outputs: OUTPUTS }, classes)
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
  const drawn = await modelOf(program, initialize(model.module, seed), precision)
  const rows: Row[] = []
  for (let start = 0; start < graphs.length; start += GRAPHS_A_RUN) {
    const some = graphs.slice(start, start + GRAPHS_A_RUN)
    const batch: Batch = name === 'gin' ? sparseInputs(some, alike) : denseInputs(some, alike)
    const inputs = Object.fromEntries(Object.keys(model.inputs).map((input) => [input, batch[input] as TensorValue]))
    const data = await drawn.y(inputs)
    for (let i = 0; i < some.length; i++) rows.push(data.slice(i * OUTPUTS, (i + 1) * OUTPUTS))
  }
  await drawn.dispose()
  return rows
}

async function outputsOf(name: string, graphs: readonly Graph[], seed: number, precision: Precision): Promise<Outputs[]> {
  const draws: Row[][] = []
  for (let draw = 0; draw < DRAWS; draw++) draws.push(await drawnOutputs(name, graphs, DRAWS * seed + draw, precision))
  return graphs.map((_, i) => draws.map((rows) => rows[i] as Row))
}

function largest(row: Row): number {
  let top = 0
  for (const v of row) top = Math.max(top, Math.abs(v))
  return top
}

function areEqual(a: Outputs, b: Outputs, tolerance: number): boolean {
  return a.every((row, draw) => {
    const other = b[draw] as Row
    const scale = tolerance * Math.max(largest(row), largest(other))
    for (let i = 0; i < row.length; i++) if (Math.abs((row[i] as number) - (other[i] as number)) > scale) return false
    return true
  })
}

/** The number of pairs that are equal up to the tolerance. Compares only graphs with close first outputs. */
function equalPairs(outputs: readonly Outputs[], tolerance: number): number {
  const first = ([row]: Outputs): number => row?.[0] as number
  const sorted = [...outputs].sort((a, b) => first(a) - first(b))
  const reach = tolerance * sorted.reduce((top, [row]) => Math.max(top, largest(row as Row)), 0)
  let equal = 0
  sorted.forEach((one, i) => {
    for (let j = i + 1; j < sorted.length; j++) {
      const other = sorted[j] as Outputs
      if (first(other) - first(one) > reach) break
      if (areEqual(one, other, tolerance)) equal++
    }
  })
  return equal
}

/** Options of `equivar separate`. */
export interface SeparateOptions {
  readonly by: string
  /** Whether to compare only lines 1 and 2, 3 and 4, ... */
  readonly pairs: boolean
  readonly seed: number
  readonly precision: Precision
}

async function countEqual(graphs: readonly Graph[], { by, pairs, seed, precision }: SeparateOptions): Promise<number> {
  const test = tests[by]
  const evens = Array.from({ length: graphs.length / 2 }, (_, i) => 2 * i)
  if (test !== undefined)
    return pairs
      ? evens.filter((i) => sameColours(graphs[i] as Graph, graphs[i + 1] as Graph, test)).length
      : indistinguishablePairs(graphs, test)
  const rows = await outputsOf(by, graphs, seed, precision)
  const tolerance = tolerances[precision]
  return pairs ? evens.filter((i) => areEqual(rows[i] as Outputs, rows[i + 1] as Outputs, tolerance)).length : equalPairs(rows, tolerance)
}

/** `equivar separate`: the number of pairs of graphs in a file that a test, or a model with random weights, does not separate. */
export async function separate(file: string, options: SeparateOptions, output: Output): Promise<void> {
  const { by, pairs } = options
  const graphs = parseGraph6(await readFile(file), file)
  if (pairs && graphs.length % 2 === 1)
    throw new UsageError(`${file}: expected an even number of graphs for --pairs, received ${graphs.length}`)
  const count = pairs ? graphs.length / 2 : (graphs.length * (graphs.length - 1)) / 2
  const equal = await countEqual(graphs, options)
  output.result({ graphs: graphs.length, pairs: count, equal })
  output.say(
    `${by}: ${equal.toLocaleString('en')} of ${count.toLocaleString('en')} pairs of ${graphs.length.toLocaleString('en')} graphs are not separated`,
  )
}
