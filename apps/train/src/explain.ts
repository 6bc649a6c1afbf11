import { readFile } from 'node:fs/promises'
import {
  describeLongSums,
  describePieces,
  isLittleWork,
  type LongSumDescription,
  type PieceDescription,
  targetHere,
  targets,
} from '@equivar/backend-onnx'
import { tfjsTarget } from '@equivar/backend-tfjs'
import { importOnnx, onnxFile } from '@equivar/export-onnx'
import { explain, optimize, type Program, type ProgramCost, plainTarget, type Target } from '@equivar/tensor'
import type { Output } from './output.ts'
import { gradientOf, inferenceOf, runModel } from './programs.ts'
import { readRun } from './run/run-directory.ts'

/** The target that a program is optimized for. */
export type ExplainTarget = 'plain' | 'file' | 'cpu' | 'cuda' | 'tensorrt' | 'webgpu' | 'tfjs'

/** Options of `equivar explain`. */
export interface ExplainOptions {
  readonly target: ExplainTarget
  readonly what: 'model' | 'gradient' | 'train-step'
  readonly size: Readonly<Record<string, number>>
}

const known: Readonly<Record<Exclude<ExplainTarget, 'cpu'>, Target>> = {
  plain: plainTarget,
  file: onnxFile,
  cuda: targets.cuda,
  tensorrt: targets.tensorrt,
  webgpu: targets.webgpu,
  tfjs: tfjsTarget,
}

/** A Program, and the names of its inputs with values known at compile time. */
interface Explained {
  readonly program: Program
  readonly fixed: readonly string[]
}

/** The Program in a file, or a program of a run before optimization. */
async function programOf(path: string, what: ExplainOptions['what']): Promise<Explained> {
  if (path.endsWith('.onnx')) {
    const { program, values } = importOnnx(await readFile(path), { where: path })
    return { program, fixed: Object.keys(values) }
  }
  const { config, model } = await readRun(path)
  if (what === 'model') return { program: inferenceOf(model, config), fixed: [] }
  return { program: what === 'gradient' ? gradientOf(model, config) : runModel(model, config).step.program, fixed: [] }
}

const rounded = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

function row(name: string, { nodes, bytes, operations }: ProgramCost, changes: number | string): string {
  const columns = [nodes, bytes, operations].map((n) => rounded.format(n).padStart(16))
  return `${name.padEnd(30)}${columns.join('')}${String(changes).padStart(10)}`
}

/** The signed change of cost by a pass. */
const change = (before: ProgramCost, after: ProgramCost): ProgramCost => ({
  nodes: after.nodes - before.nodes,
  bytes: after.bytes - before.bytes,
  operations: after.operations - before.operations,
})

const mebibytes = (bytes: number): string => `${rounded.format(bytes / 2 ** 20)} MiB`

/** How a step goes through its batch, and why. */
function pieceLine({ examplesPerPiece, bytesPerExample, bytesPerPiece, inPieces, sideBySide }: PieceDescription): string {
  if (!inPieces) {
    const taken = sideBySide ? 'in one part a thread, side by side' : 'at once'
    return `the whole batch ${taken}: it stays in the cache (the largest tensor of an example takes ${mebibytes(bytesPerExample)})`
  }
  const examples = examplesPerPiece === 1 ? '1 example' : `${examplesPerPiece} examples`
  const threads = sideBySide ? 'parts of the batch run side by side, one a thread' : 'too little work for parts side by side'
  return `pieces of ${examples}: the largest tensor of one takes ${mebibytes(bytesPerExample)}, and about ${mebibytes(bytesPerPiece)} stay in the cache; ${threads}`
}

/** How rows are added by index where that is much. */
function longSumLine({ overLists, byIndex, rowDots }: LongSumDescription): string {
  const kinds = [
    [overLists, 'over lists of rows, made where positions are fed, which several threads may read'],
    [byIndex, 'by index, in pieces or in one thread'],
    [rowDots, 'of products of two rows an edge, some edges at a time'],
  ] as const
  const parts = kinds.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
  return `long sums of rows: ${parts.join('; ')}`
}

/** `equivar explain`: the effect of each pass of a target on a file or on a program of a run. */
export async function explainPath(path: string, { target, what, size }: ExplainOptions, output: Output): Promise<void> {
  const { program, fixed } = await programOf(path, what)
  const chosen = target === 'cpu' ? await targetHere() : known[target]
  const found = explain(program, chosen, { fixed, sizes: size })
  const optimized = optimize(program, chosen, { fixed })
  const binding = new Map([...optimized.symbols].map((name): [string, number] => [name, size[name] ?? 16]))
  const pieces = describePieces(optimized, binding)
  const longSums = target === 'cpu' ? describeLongSums(optimized, binding, { fixed }) : undefined
  const oneThread = target === 'cpu' && pieces?.inPieces !== true && isLittleWork(optimized, 2)?.(binding) === true
  output.result({ ...found, ...(pieces && { pieces }), ...(longSums && { longSums }), ...(oneThread && { oneThread }) })
  const sizes = [...program.symbols].map((name) => `${name} = ${size[name] ?? 16}`)
  if (sizes.length > 0) output.say(`sizes: ${sizes.join(', ')}`)
  output.say(
    `${found.target.padEnd(30)}${['nodes', 'bytes written', 'operations', 'times'].map((t, i) => t.padStart(i < 3 ? 16 : 10)).join('')}`,
  )
  output.say(row('before', found.before, ''))
  for (const { pass, before, after, changes } of found.passes) output.say(row(`  ${pass}`, change(before, after), changes))
  output.say(row('after', found.after, ''))
  if (pieces !== undefined) output.say(pieceLine(pieces))
  if (longSums !== undefined) output.say(longSumLine(longSums))
  if (oneThread) output.say('one thread where two are asked for: to share its nodes costs more than it saves')
}
