import type { OperatorName } from '../operators/signatures.ts'
import { convolutionDerivatives } from './convolution.ts'
import { indexingDerivatives } from './indexing.ts'
import { linalgDerivatives } from './linalg.ts'
import { binaryDerivatives, unaryDerivatives } from './pointwise.ts'
import { poolingDerivatives } from './pooling.ts'
import { reduceDerivatives } from './reduce.ts'
import type { Derivative } from './rule.ts'
import { shapeDerivatives } from './shape.ts'

/** Operators whose results do not change with their inputs, almost everywhere or at all; a Loop is differentiated by a rule that asks this table. */
const constant = undefined

/** The derivative of every operator; undefined where it is zero, or not defined. */
export const derivatives: { readonly [K in OperatorName]: Derivative<K> | undefined } = {
  ...unaryDerivatives,
  ...binaryDerivatives,
  ...reduceDerivatives,
  ...linalgDerivatives,
  ...shapeDerivatives,
  ...indexingDerivatives,
  ...convolutionDerivatives,
  ...poolingDerivatives,
  Input: constant,
  Constant: constant,
  Dimension: constant,
  Identity: constant,
  Floor: constant,
  Ceil: constant,
  Round: constant,
  Sign: constant,
  IsNaN: constant,
  IsInf: constant,
  Not: constant,
  And: constant,
  Or: constant,
  Xor: constant,
  Equal: constant,
  Less: constant,
  LessOrEqual: constant,
  Greater: constant,
  GreaterOrEqual: constant,
  ArgMax: constant,
  ArgMin: constant,
  Range: constant,
  EyeLike: constant,
  OneHot: constant,
  NonZero: constant,
  AsSizes: constant,
  Loop: constant,
}
