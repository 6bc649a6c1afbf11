import { Random } from '@equivar/tensor'
import { type ActionClaims, actionSymmetry, elementReports, type GroupElement, parseAction, type Values } from '@equivar/verify'

/** The largest difference that float32 explains, as a part of the largest number of the output. */
export const TOLERANCE = 1e-4

/** What came of a check. */
export interface Finding {
  readonly holds: boolean
  /** The largest difference, as a part of the largest number of the output. */
  readonly error: number
  /** The group element with the largest difference. */
  readonly element: string
  readonly output: string
  /** How many group elements were tried. */
  readonly tried: number
}

/** Elements of the group at values of these shapes: its generators, then random ones. */
const elementsOf = (claims: ActionClaims, values: Values, random: Random): readonly GroupElement[] =>
  actionSymmetry(claims, { samples: 4 }).elements(values, random)

/** Compares f(g x) with g f(x). @throws RangeError if the actions do not fit the shapes. */
export async function check(
  run: (values: Values) => Promise<Values>,
  claims: ActionClaims,
  values: Values,
  random: Random,
): Promise<Finding> {
  const reports = await elementReports(run, elementsOf(claims, values, random), values)
  const worst = reports.reduce((a, b) => (b.error > a.error ? b : a), { error: 0, element: 'every element', output: '' })
  return { holds: worst.error <= TOLERANCE, error: worst.error, element: worst.element, output: worst.output, tried: reports.length }
}

/** A random element of the group. @throws RangeError if the actions do not fit the shapes. */
export const randomElement = (claims: ActionClaims, values: Values, random: Random): GroupElement =>
  elementsOf(claims, values, random).at(-1) as GroupElement

/** Actions as typed, by name; empty ones are left out. @throws NotationError for one that cannot be read; RangeError if no input moves. */
export function claimsOf(inputs: Readonly<Record<string, string>>, outputs: Readonly<Record<string, string>>): ActionClaims {
  const parsed = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, parseAction(text)] as const])))
  const claims = { inputs: parsed(inputs), outputs: parsed(outputs) }
  if (Object.keys(claims.inputs).length === 0)
    throw new RangeError('Expected an action on at least one input, such as “S on axis 1”: all permutations of axis 1. Received none.')
  return claims
}

/** Claims in words. */
export const nameOf = ({ inputs, outputs = {} }: ActionClaims): string =>
  Object.entries({ ...inputs, ...outputs })
    .map(([name, action]) => `${name}: ${action.name}`)
    .join(', ')

/** A seed for each check: the same visit tries other elements each time. */
export const seeded = (number: number): Random => new Random({ seed: number, stream: 'studio' })
