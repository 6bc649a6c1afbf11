import { readFile } from 'node:fs/promises'
import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { inspectOnnx, type OnnxValue } from '@equivar/export-onnx'
import { Random, toNumbers } from '@equivar/tensor'
import { writeAtomically } from '@equivar/train/node'
import {
  actionSymmetry,
  type EquivarianceReport,
  elementReports,
  randomInputs,
  runToHost,
  type Shapes,
  type Symmetry,
  type Values,
} from '@equivar/verify'
import { CheckFailed, messageOf, UsageError } from '../errors.ts'
import type { Output } from '../output.ts'
import { nest } from '../predict/numbers.ts'
import { asClaim, type Claims } from './claims.ts'
import { inputShapes } from './input-sizes.ts'

/** Number of random inputs for each choice of sizes. */
const DRAWS = 2

/** Number of random group elements for each input. */
const SAMPLES = 4

const RANDOM = 'random elements'

/** What a group element shows on one input. */
interface Finding extends EquivarianceReport {
  /** The row of the table: a generator, or all random elements. */
  readonly row: string
  readonly shapes: Shapes
  readonly feeds: Values
}

const shapesText = (shapes: Shapes): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name} [${shape.join(', ')}]`)
    .join(', ')

/** @throws UsageError if the claims name inputs or outputs that the file lacks. */
export function demandNames(
  { inputs, outputs, ranges }: Claims,
  file: { inputs: readonly OnnxValue[]; outputs: readonly OnnxValue[] },
): void {
  const demand = (option: string, given: object, known: readonly OnnxValue[]): void => {
    const unknown = Object.keys(given).find((name) => !known.some((each) => each.name === name))
    if (unknown !== undefined)
      throw new UsageError(`--${option}: expected one of ${known.map(({ name }) => name).join(', ') || 'none'}, received "${unknown}"`)
  }
  demand('action', inputs, file.inputs)
  demand('range', ranges, file.inputs)
  demand('output', outputs, file.outputs)
}

/** What a model shows at some sizes; a message if it does not run at them. */
async function findingsAt(
  model: LoadedOnnx,
  symmetry: Symmetry,
  { shapes, draw, random }: { shapes: Shapes; draw: () => Promise<Values>; random: Random },
): Promise<Finding[] | string> {
  const run = (feeds: Values): Promise<Values> => runToHost(model, feeds)
  const findings: Finding[] = []
  for (let k = 0; k < DRAWS; k++) {
    const feeds = await draw()
    let plain: Values
    try {
      plain = await run(feeds)
    } catch (error) {
      return messageOf(error)
    }
    const reports = await asClaim('--action', () => elementReports(run, symmetry.elements(feeds, random), feeds, plain))
    const generators = reports.length - SAMPLES
    findings.push(...reports.map((each, i) => ({ ...each, row: i < generators ? each.element : RANDOM, shapes, feeds })))
  }
  return findings
}

/** The worst finding of each row; the random elements come last. */
function worstByRow(findings: readonly Finding[]): Finding[] {
  const worst = new Map<string, Finding>()
  for (const finding of findings) {
    const known = worst.get(finding.row)
    if (known === undefined || finding.error > known.error) worst.set(finding.row, finding)
  }
  return [...worst.values()].sort((a, b) => Number(a.row === RANDOM) - Number(b.row === RANDOM))
}

/** The longest name of a group element in the table. */
const WIDEST = 60

const shortened = (text: string): string => (text.length > WIDEST ? `${text.slice(0, WIDEST - 3)}...` : text)

/** Writes the inputs of a finding as `equivar predict` reads them. */
async function writeInputs(file: string, { feeds }: Finding): Promise<void> {
  const inputs = Object.entries(feeds).map(([name, { data, shape }]) => [name, nest(toNumbers(data), shape)])
  await writeAtomically(file, `${JSON.stringify(Object.fromEntries(inputs))}\n`)
}

function report(findings: readonly Finding[], { tolerance }: Claims, output: Output): void {
  for (const { row, element, error, output: name, index, shapes } of findings) {
    const holds = error <= tolerance
    output.result({ element, error: Number.isFinite(error) ? error : null, output: name, index, shapes, tolerance, holds })
    output.say(`${holds ? 'holds' : 'FAILS'}  ${shortened(row).padEnd(WIDEST)}  ${error.toExponential(1)}`)
  }
}

/**
 * `equivar verify --action`: whether any ONNX file has a symmetry, f(g x) = g f(x), on ONNX Runtime, at random inputs of a few sizes.
 *
 * @throws UsageError if the claims do not fit the file, or it runs at none of the sizes; CheckFailed that names the group element with the largest error.
 */
export async function verifyClaims(path: string, claims: Claims, output: Output): Promise<void> {
  const file = inspectOnnx(await readFile(path), path)
  demandNames(claims, file)
  const symmetry = await asClaim('--output', () => actionSymmetry(claims, { samples: SAMPLES }))
  const random = new Random({ seed: claims.seed, stream: 'verify' })
  const model = await loadOnnx(path)
  const all: Finding[] = []
  const refused: string[] = []
  for (const shapes of inputShapes(file.inputs, claims.inputs, claims.sizes)) {
    const found = await findingsAt(model, symmetry, {
      shapes,
      draw: () => asClaim('--action', () => randomInputs(file.inputs, { shapes, actions: claims.inputs, ranges: claims.ranges, random })),
      random,
    })
    if (typeof found === 'string') refused.push(`does not run at ${shapesText(shapes)}: ${found}`)
    else all.push(...found)
  }
  await model.dispose()
  if (all.length === 0)
    throw new UsageError(`${path}: ${refused[0]}; give sizes that it accepts by --size name=number, or numbers by --range name:0..9`)
  for (const line of refused) output.say(`note: it ${line}`)
  const findings = worstByRow(all)
  report(findings, claims, output)
  await conclude(path, findings, claims, output)
}

/** Names the worst input. @throws CheckFailed if it is above the tolerance. */
async function conclude(
  path: string,
  findings: readonly Finding[],
  { tolerance, worst: worstFile }: Claims,
  output: Output,
): Promise<void> {
  const worst = findings.reduce((a, b) => (b.error > a.error ? b : a))
  if (worstFile !== undefined) await writeInputs(worstFile, worst)
  const failed = findings.filter(({ error }) => error > tolerance)
  const generator = failed
    .filter(({ row }) => row !== RANDOM)
    .reduce<Finding | undefined>((a, b) => (a !== undefined && a.error >= b.error ? a : b), undefined)
  const shown = generator ?? worst
  if (failed.length === 0) return output.say(`${path} has this symmetry, up to ${worst.error.toExponential(1)} of its largest output`)
  throw new CheckFailed(
    `${path}: expected f(g x) = g f(x) to ${tolerance}, received a relative difference of ${shown.error.toExponential(2)} in component ${shown.index} of "${shown.output}" for g = ${shortened(shown.element)} at ${shapesText(shown.shapes)}; ${failed.length} of ${findings.length} rows fail`,
  )
}
