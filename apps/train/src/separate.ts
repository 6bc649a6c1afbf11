import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import { denseInputs, type Graph, type NodeEncoder, parseGraph6, sparseInputs } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { indistinguishablePairs, sameColours, type WeisfeilerLemanOptions } from '@equivar/layers-graphs'
import { initialize } from '@equivar/nn'
import type { TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { UsageError } from './errors.ts'
import { classes } from './goals.ts'
import { buildModel } from './models.ts'
import type { Output } from './output.ts'

const tests: Readonly<Record<string, WeisfeilerLemanOptions>> = { wl: { k: 1 }, wl2: { k: 2 }, fwl2: { k: 2, folklore: true } }

/** What `equivar separate` can compare graphs by: tests, then models of random weights. */
export const separators: readonly string[] = [...Object.keys(tests), 'gin', 'ign', 'ppgn']

/** Outputs of a model, and how many times its weights are drawn: two graphs are equal if no output of any draw tells them apart. */
const OUTPUTS = 64
const DRAWS = 3
/** Outputs that differ by less than that, relative to the draw's largest, are equal: ten times what float32 leaves of graphs that must be equal. */
const TOLERANCE = 2e-6
const GRAPHS_A_RUN = 256

/** All nodes look alike. */
const alike: NodeEncoder = {
  channels: 1,
  write: ({ nodes }, rows, start) => {
    rows.fill(1, start, start + nodes)
  },
}

/** Outputs of one graph, for each draw of the weights. */
type Outputs = readonly Float32Array[]

/** The outputs of an exported model with random weights, a row a graph, float32 on ONNX Runtime. */
async function drawnOutputs(name: string, graphs: readonly Graph[], seed: number): Promise<Float32Array[]> {
  const model = buildModel(name, name === 'ppgn' ? { width: 64 } : {}, { channels: 1, outputs: OUTPUTS }, classes)
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
  const executable = await loadOnnx(exportOnnx(program, { values: initialize(model.module, seed), name }))
  const rows: Float32Array[] = []
  for (let start = 0; start < graphs.length; start += GRAPHS_A_RUN) {
    const some = graphs.slice(start, start + GRAPHS_A_RUN)
    const batch = name === 'gin' ? sparseInputs(some, alike) : denseInputs(some, alike)
    const inputs = Object.fromEntries(Object.keys(model.inputs).map((input) => [input, batch[input] as TensorValue]))
    const { y } = await executable.run(inputs)
    const data = (await y?.data()) as Float32Array
    for (let i = 0; i < some.length; i++) rows.push(data.slice(i * OUTPUTS, (i + 1) * OUTPUTS))
    y?.dispose()
  }
  await executable.dispose()
  return rows
}

async function outputsOf(name: string, graphs: readonly Graph[], seed: number): Promise<Outputs[]> {
  const draws: Float32Array[][] = []
  for (let draw = 0; draw < DRAWS; draw++) draws.push(await drawnOutputs(name, graphs, DRAWS * seed + draw))
  return graphs.map((_, i) => draws.map((rows) => rows[i] as Float32Array))
}

const largest = (row: Float32Array): number => row.reduce((top, v) => Math.max(top, Math.abs(v)), 0)

function areEqual(a: Outputs, b: Outputs): boolean {
  return a.every((row, draw) => {
    const other = b[draw] as Float32Array
    const scale = TOLERANCE * Math.max(largest(row), largest(other))
    return row.every((v, i) => Math.abs(v - (other[i] as number)) <= scale)
  })
}

/** Pairs that are equal up to the tolerance: only graphs whose first outputs are near are compared. */
function equalPairs(outputs: readonly Outputs[]): number {
  const first = ([row]: Outputs): number => row?.[0] as number
  const sorted = [...outputs].sort((a, b) => first(a) - first(b))
  const reach = TOLERANCE * sorted.reduce((top, [row]) => Math.max(top, largest(row as Float32Array)), 0)
  let equal = 0
  sorted.forEach((one, i) => {
    for (let j = i + 1; j < sorted.length; j++) {
      const other = sorted[j] as Outputs
      if (first(other) - first(one) > reach) break
      if (areEqual(one, other)) equal++
    }
  })
  return equal
}

async function countEqual(by: string, graphs: readonly Graph[], pairs: boolean, seed: number): Promise<number> {
  const test = tests[by]
  const evens = Array.from({ length: graphs.length / 2 }, (_, i) => 2 * i)
  if (test !== undefined)
    return pairs
      ? evens.filter((i) => sameColours(graphs[i] as Graph, graphs[i + 1] as Graph, test)).length
      : indistinguishablePairs(graphs, test)
  const rows = await outputsOf(by, graphs, seed)
  return pairs ? evens.filter((i) => areEqual(rows[i] as Outputs, rows[i + 1] as Outputs)).length : equalPairs(rows)
}

/** `equivar separate`: how many pairs of graphs of a file a test, or a model with random weights, leaves equal. */
export async function separate(
  file: string,
  { by, pairs, seed }: { by: string; pairs: boolean; seed: number },
  output: Output,
): Promise<void> {
  const graphs = parseGraph6(await readFile(file), file)
  if (pairs && graphs.length % 2 === 1)
    throw new UsageError(`${file}: expected an even number of graphs for --pairs, received ${graphs.length}`)
  const count = pairs ? graphs.length / 2 : (graphs.length * (graphs.length - 1)) / 2
  const equal = await countEqual(by, graphs, pairs, seed)
  output.result({ graphs: graphs.length, pairs: count, equal })
  output.say(
    `${by}: ${equal.toLocaleString('en')} of ${count.toLocaleString('en')} pairs of ${graphs.length.toLocaleString('en')} graphs are left equal`,
  )
}
