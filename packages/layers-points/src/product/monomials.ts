import { concat, constant, gather, mul, type Tensor } from '@equivar/tensor'
import type { SymmetricMap } from './symmetric-maps.ts'

/** Monomials of components, in the order of their degrees, and how to compute them all. */
export interface MonomialPlan {
  readonly monomials: readonly string[]
  /** @param components - [components, ...]. @returns [monomials, ...]. */
  values(components: Tensor): Tensor
}

/** The monomials of some maps. */
export const monomialsOf = (maps: readonly SymmetricMap[]): string[] => maps.flatMap((map) => map.flatMap((each) => [...each.keys()]))

const lastVariable = (monomial: string): number => Number(monomial.slice(monomial.lastIndexOf(',') + 1))
/** Without its last variable; empty for a single one. */
const prefix = (monomial: string): string => monomial.slice(0, Math.max(0, monomial.lastIndexOf(',')))
const rows = (x: Tensor, at: readonly number[]): Tensor => gather(x, constant(at, [at.length], 'int64'))

/** A plan of some monomials, and those that they are made of: each is one of a degree less times a component. */
export function monomialPlan(wanted: readonly string[]): MonomialPlan {
  const all = new Set<string>()
  for (const monomial of wanted) for (let each = monomial; each !== ''; each = prefix(each)) all.add(each)
  const levels: string[][] = []
  for (const monomial of [...all].sort()) {
    const degree = monomial.split(',').length
    while (levels.length < degree) levels.push([])
    levels[degree - 1]?.push(monomial)
  }
  const values = (components: Tensor): Tensor => {
    const found: Tensor[] = []
    for (const [i, level] of levels.entries()) {
      const variables = rows(components, level.map(lastVariable))
      const places = new Map(levels[i - 1]?.map((monomial, at) => [monomial, at]))
      const before = found[i - 1]
      found.push(
        before === undefined
          ? variables
          : mul(
              rows(
                before,
                level.map((monomial) => places.get(prefix(monomial)) as number),
              ),
              variables,
            ),
      )
    }
    return found.length === 1 ? (found[0] as Tensor) : concat(found, 0)
  }
  return { monomials: levels.flat(), values }
}
