import type { Action } from '@equivar/groups'
import { compileSharing, evaluationsOf } from './compile.ts'
import type { Evaluation, Workload } from './evaluation.ts'

/** An evaluation in words. */
export interface EvaluationReport {
  readonly name: string
  /** Why it fits. */
  readonly why: string
  /** Estimated cost of one example, in multiplications of a matrix product. */
  readonly cost: number
}

/** Examples of a batch, for the estimate of what is done once a call. */
export const TYPICAL_BATCH = 32

/** What is known where there are no points. */
export const NO_PAIRS: EvaluationReport = { name: 'empty', why: 'there are no pairs of points', cost: 0 }

/**
 * The evaluation that a SharingLinear of these actions has, and all others that fit, the cheapest first. All are exact; each can be asked for by name.
 *
 * @param channels - those of the layer, and how many `examples` are computed together; 32 if left out.
 * @throws DomainError if the actions are of different groups, or nothing is known of their structure and the table would be too large.
 * @remarks Candidates are looked for in the whole table where it is small, which takes longer than making the layer.
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
  const report = ({ name, why, cost }: Evaluation): EvaluationReport => ({ name, why, cost: cost(workload) })
  const { evaluation } = compileSharing(output, input, workload)
  return { ...report(evaluation), candidates: evaluationsOf(output, input, workload).map(report) }
}
