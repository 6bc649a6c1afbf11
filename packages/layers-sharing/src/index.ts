export { chooseEvaluation, type EvaluationReport } from './choose-evaluation.ts'
export type { EvaluationChoice } from './compile.ts'
export { SharingLinear, type SharingLinearOptions } from './sharing-linear.ts'
