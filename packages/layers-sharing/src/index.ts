export type { EvaluationChoice } from './compile.ts'
export { type ChosenEvaluation, SharingLinear, type SharingLinearOptions } from './sharing-linear.ts'
