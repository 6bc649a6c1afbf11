export { biasIntoConvolution } from './bias-into-convolution.ts'
export { type ConvolutionGradientForms, convolutionGradients } from './convolution-gradients.ts'
export type { WeightGradientForm } from './convolution-weight-gradient.ts'
export { diagonalsAtPlaces } from './diagonals.ts'
export { costOf, type Explanation, explain, type PassReport, type ProgramCost, productOperations } from './explain.ts'
export { isExactly, isZero, scalarNumber } from './known-numbers.ts'
export { loopInvariants } from './loop-invariants.ts'
export { type MaxPoolGradientForms, maxPoolGradients } from './max-pool-gradient.ts'
export { type MicroBatchOptions, microBatches, rowSymbol } from './micro-batches/micro-batches.ts'
export { afterGradients, beforeGradients, optimize, plainTarget, simplify } from './optimize.ts'
export { overRanks, type RankProgram, type RankStage } from './over-ranks/over-ranks.ts'
export type { Pass, PassContext, Target } from './pass.ts'
export { readCounts, readersOf, soleReaders } from './readers.ts'
export {
  type Graph,
  graphPass,
  mapNodes,
  type PassGroup,
  type RewritingPass,
  type Rule,
  rewriteTensors,
  rewriting,
  rule,
  together,
  traitRule,
  untilStable,
} from './rewrite.ts'
export { smallTermsFirst } from './small-terms-first.ts'
