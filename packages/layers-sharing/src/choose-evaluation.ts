import type { Action } from '@equivar/groups'
import { compileSharing, evaluationsOf } from './compile.ts'
import type { Evaluation, Workload } from './evaluation.ts'

/** A description of an evaluation. */
export interface EvaluationReport {
  readonly name: string
  /** The structure that it exploits. */
  readonly reason: string
  /** The estimated cost of one example, in multiplications of a matrix product. */
  readonly cost: number
}

/** The batch size in cost estimates. It spreads the work done once per call over the examples. */
export const TYPICAL_BATCH = 32

/** The evaluation if an action has no points. */
export const NO_PAIRS: EvaluationReport = { name: 'empty', reason: 'there are no pairs of points', cost: 0 }

/**
 * The evaluation that a SharingLinear of these actions uses, and all candidates, the cheapest first. All are exact; pass the name of one as the option
 * `evaluation` of SharingLinear to select it.
 *
 * @param channels - the channels of the layer, and the batch size `examples`, 32 by default.
 * @throws DomainError if the actions belong to different groups, or their structure is unknown and the table of labels would be too large.
 * @remarks A small table of labels is searched for all candidates, which takes longer than constructing the layer.
 * @example
 * const points = naturalAction(symmetric(100))
 * chooseEvaluation(points, points, { inChannels: 8, outChannels: 8 }).name     // own and total
 */
export function chooseEvaluation(
  output: Action,
  input: Action,
  { inChannels, outChannels, examples = TYPICAL_BATCH }: Omit<Workload, 'examples'> & Partial<Workload>,
): EvaluationReport & { readonly candidates: readonly EvaluationReport[] } {
  if (output.degree * input.degree === 0) return { ...NO_PAIRS, candidates: [NO_PAIRS] }
  const workload = { inChannels, outChannels, examples }
  const report = ({ name, reason, cost }: Evaluation): EvaluationReport => ({ name, reason, cost: cost(workload) })
  const { evaluation } = compileSharing(output, input, workload)
  return { ...report(evaluation), candidates: evaluationsOf(output, input, workload).map(report) }
}
