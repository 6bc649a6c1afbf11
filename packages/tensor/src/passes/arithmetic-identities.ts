import type { Tensor } from '../expression/tensor.ts'
import { isInteger } from '../expression/value.ts'
import { add, mul, sub } from '../operators/binary.ts'
import { nodeOf } from '../operators/signatures.ts'
import { neg } from '../operators/unary.ts'
import { isExactly } from './known-numbers.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

const negated = (x: Tensor): Tensor | undefined => nodeOf(x, 'Neg')?.inputs[0]

/** Whether x + zero is x: for floats of -0 alone, as -0 + 0 is 0. */
const isNothing = (zero: Tensor): boolean => isExactly(zero, -0) || (isInteger(zero.dtype) && isExactly(zero, 0))

/**
 * Operations that do nothing go, and what undoes itself.
 *
 * Law: equal for every input, bit for bit; NaN, infinities and the sign of 0 stay what they are.
 * Before: Add(Mul(x, 1), Neg(y)). After: Sub(x, y).
 */
export const arithmeticIdentities: RewritingPass = /* @__PURE__ */ rewriting('arithmetic-identities', [
  rule('Identity', ({ inputs: [x] }) => x),
  rule('Neg', ({ inputs: [x] }) => negated(x)),
  rule('Add', ({ inputs: [a, b] }) => {
    if (isNothing(b)) return a
    if (isNothing(a)) return b
    const term = negated(b)
    return term && sub(a, term)
  }),
  rule('Sub', ({ inputs: [a, b] }) => {
    if (isExactly(b, 0)) return a
    const term = negated(b)
    return term && add(a, term)
  }),
  rule('Mul', ({ inputs: [a, b] }) => {
    if (isExactly(b, 1)) return a
    if (isExactly(a, 1)) return b
    if (isExactly(b, -1)) return neg(a)
    return isExactly(a, -1) ? neg(b) : undefined
  }),
  rule('Div', ({ inputs: [a, b] }) => (isExactly(b, 1) ? a : undefined)),
  rule('Pow', ({ inputs: [a, b] }) => (isExactly(b, 1) ? a : isExactly(b, 2) ? mul(a, a) : undefined)),
])
