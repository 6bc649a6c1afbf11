import { mul, type Tensor, unsqueeze } from '@equivar/tensor'
import { besselBasis } from './bases.ts'
import { polynomialCutoff } from './cutoffs.ts'

/**
 * The radial functions of NequIP and MACE: sqrt(2 / radius) sin(k pi d / radius) / d, for k = 1, ..., count, times the polynomial cutoff. They vanish with two
 * derivatives at the radius.
 *
 * @param d - float32 [...]. @returns float32 [..., count].
 */
export function cutBessel(d: Tensor, { radius, count }: { readonly radius: number; readonly count: number }): Tensor {
  const basis = mul(besselBasis(d, { radius, count }), Math.sqrt(2 / radius))
  return mul(basis, unsqueeze(polynomialCutoff(d, radius), d.rank))
}
