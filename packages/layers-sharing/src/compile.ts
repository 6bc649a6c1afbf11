import { type Action, type SharingRule, sharingRule, sharingScheme } from '@equivar/groups'
import { MOST_TABULATED } from './blocks.ts'
import { dense, type Labels, MOST_DENSE } from './dense.ts'
import type { Evaluation, Workload } from './evaluation.ts'
import { compile, ofStructure } from './structure.ts'
import { allTabulated, byOrbits, isSmall } from './table.ts'

/** All evaluations that fit, one of each name, the cheapest first. */
function allEvaluations(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation[] {
  const wide = { ...workload, inChannels: WIDE, outChannels: WIDE }
  const found = [
    ...[workload, wide].flatMap((w) => [compile(output, input, labels, w), ofStructure(output, input, labels, w)]),
    ...(isSmall(labels) ? allTabulated(output, input, labels, workload) : []),
    byOrbits(output, input, labels),
    dense(labels),
  ].filter((one) => one !== undefined)
  const byName = new Map<string, Evaluation>()
  for (const one of found.sort((a, b) => a.cost(workload) - b.cost(workload))) if (!byName.has(one.name)) byName.set(one.name, one)
  return [...byName.values()]
}

/** Channels of a wide layer, where structure pays most. */
const WIDE = 256

/**
 * Which evaluation is to be used: the cheapest; what would be cheapest for many channels; one of the extremes; or any other of the candidates that
 * `chooseEvaluation` lists, by its name.
 */
export type EvaluationChoice = 'automatic' | 'structured' | 'dense' | 'orbitSums' | (string & {})

/** All labels, and the evaluation that was chosen. */
export interface Compiled {
  readonly count: number
  /** Pairs of each label. */
  readonly sizes: ArrayLike<number>
  /** The row of the first pair of each label. */
  readonly firstRow: (label: number) => number
  readonly evaluation: Evaluation
}

/**
 * Finds the cheapest exact evaluation of the linear maps between two actions, by a model of its cost on matrix products and memory.
 *
 * @throws DomainError if the actions are of different groups, or nothing is known of their structure and the table would be too large.
 * @throws RangeError if the evaluation that is asked for is not there for these actions.
 */
export function compileSharing(output: Action, input: Action, workload: Workload, choice: EvaluationChoice = 'automatic'): Compiled {
  const { rule, labels } = labelsOf(output, input)
  const { rows, columns, count, sizes } = rule
  const evaluation = evaluationOf(output, input, labels, workload, choice)
  if (evaluation === undefined)
    throw new RangeError(
      `SharingLinear: expected an evaluation "${choice}" of ${rows} x ${columns} pairs, received none that fits: a dense weight has at most 2^24 entries, sums over orbits a table of 2^22. What fits: ${allEvaluations(
        output,
        input,
        labels,
        workload,
      )
        .map(({ name }) => `"${name}"`)
        .join(', ')}.`,
    )
  return { count, sizes, firstRow: (l) => rule.first(l)[0], evaluation }
}

function evaluationOf(output: Action, input: Action, labels: Labels, workload: Workload, choice: EvaluationChoice): Evaluation | undefined {
  if (labels.rows * labels.columns === 0) return undefined
  if (choice === 'dense') return dense(labels)
  if (choice === 'automatic') return compile(output, input, labels, workload)
  if (choice === 'structured') return compile(output, input, labels, { ...workload, inChannels: WIDE, outChannels: WIDE })
  if (choice === 'orbitSums') return byOrbits(output, input, labels)
  return allEvaluations(output, input, labels, workload).find(({ name }) => name === choice)
}

/** A table where it is small, and never one of more pairs than a dense weight has. */
function labelsOf(output: Action, input: Action): { readonly rule: SharingRule; readonly labels: Labels } {
  const rule = sharingRule(output, input, { maximumPairs: MOST_DENSE })
  const { rows, columns, count } = rule
  const table = rows * columns <= MOST_TABULATED ? sharingScheme(output, input).labels : undefined
  const label =
    table === undefined
      ? (r: number, c: number): number => rule.label(r, c)
      : (r: number, c: number): number => table[r * columns + c] as number
  return { rule, labels: { rows, columns, count, label } }
}

/** Every evaluation that fits, the cheapest first. */
export function evaluationsOf(output: Action, input: Action, workload: Workload): Evaluation[] {
  return allEvaluations(output, input, labelsOf(output, input).labels, workload)
}
