import { type Action, type SharingRule, sharingRule, sharingScheme } from '@equivar/groups'
import { MOST_TABULATED } from './blocks.ts'
import { dense, type Labels, MOST_DENSE } from './dense.ts'
import type { Evaluation, Workload } from './evaluation.ts'
import { compile, ofStructure } from './structure.ts'
import { allTabulated, byOrbits, isSmall } from './table.ts'

/** All evaluations that fit, the cheapest first, one per name. */
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

/** The number of channels of a wide layer, which profits most from structure. */
const WIDE = 256

/**
 * Selects an evaluation: `automatic` is the cheapest, `structured` the cheapest for many channels, `dense` one product with a dense weight, `orbitSums` sums
 * over the columns of each label. Any other string is the name of a candidate of `chooseEvaluation`.
 */
export type EvaluationChoice = 'automatic' | 'structured' | 'dense' | 'orbitSums' | (string & {})

/** The orbit labels of a layer and the chosen evaluation. */
export interface Compiled {
  readonly count: number
  /** The number of pairs of each label. */
  readonly sizes: ArrayLike<number>
  /** The row of the first pair of each label. */
  readonly firstRow: (label: number) => number
  readonly evaluation: Evaluation
}

/**
 * Finds the cheapest exact evaluation of the equivariant linear maps between two actions, by a cost model of matrix products and memory traffic.
 *
 * @throws DomainError if the actions belong to different groups, or their structure is unknown and the table of labels would be too large.
 * @throws RangeError if the chosen evaluation does not fit these actions.
 */
export function compileSharing(output: Action, input: Action, workload: Workload, choice: EvaluationChoice = 'automatic'): Compiled {
  const { rule, labels } = labelsOf(output, input)
  const { rows, columns, count, sizes } = rule
  const evaluation = evaluationOf(output, input, labels, workload, choice)
  if (evaluation === undefined)
    throw new RangeError(
      `SharingLinear: expected an evaluation for ${rows} x ${columns} pairs, received "${choice}". A dense weight has at most 2^24 entries, and orbit sums need a table of at most 2^22. These evaluations fit: ${allEvaluations(
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

/** The labels of all pairs, from a table if it is small, otherwise computed one by one. Actions without known structure have at most MOST_DENSE pairs. */
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
