import type { Tensor } from '../expression/tensor.ts'
import { mul } from '../operators/binary.ts'
import { expand } from '../operators/shape.ts'
import { nodeOf } from '../operators/signatures.ts'
import { scalarNumber } from './known-numbers.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** Factors between which no product of two leaves the normal numbers of float32. */
const isModerate = (c: number): boolean => Math.abs(c) >= 2 ** -62 && Math.abs(c) <= 2 ** 62

/** (x c) d = x (c d). */
function merged(scaled: Tensor, factor: Tensor): Tensor | undefined {
  const d = scalarNumber(factor)
  const product = nodeOf(scaled, 'Mul')
  if (d === undefined || product === undefined || scaled.dtype !== 'float32' || !isModerate(d)) return undefined
  const [a, b] = product.inputs
  const [before, after] = [scalarNumber(a), scalarNumber(b)]
  if (after !== undefined && isModerate(after)) return mul(a, after * d)
  return before !== undefined && isModerate(before) ? mul(b, before * d) : undefined
}

/** c expand(x) = expand(c x): less to multiply, and what comes after may do without the expansion. */
function beforeExpansion(factor: Tensor, expanded: Tensor): Tensor | undefined {
  const small = nodeOf(expanded, 'Expand')?.inputs[0]
  return small === undefined || scalarNumber(factor) === undefined ? undefined : expand(mul(small, factor), expanded.shape)
}

/**
 * Known factors become one, and move before an expansion.
 *
 * Law: equal for every input, but for the rounding of one product; a factor that could overflow or vanish with another stays apart.
 * Before: Mul(Mul(x, 2), 3), Mul(Expand(x), 2). After: Mul(x, 6), Expand(Mul(x, 2)).
 */
export const mergeFactors: RewritingPass = /* @__PURE__ */ rewriting('merge-factors', [
  rule('Mul', ({ inputs: [a, b] }) => merged(a, b) ?? merged(b, a) ?? beforeExpansion(a, b) ?? beforeExpansion(b, a)),
])
