import { largest } from './network.ts'

/** Relative differences up to this come from rounding alone, in float64. */
const ROUNDING = 1e-9

/** What a grid that only holds the group nearly may cost: this share of the outputs. */
const NEARLY = 0.25

/** Whether two ways around the square agree: up to rounding, up to what the grid can hold, or not. */
export type Agreement = 'equal' | 'nearly' | 'different'

/** How far two outputs are apart. */
export interface Difference {
  readonly largest: number
  /** The largest difference as a share of the largest output. */
  readonly share: number
  readonly agreement: Agreement
}

/**
 * Compares two outputs.
 *
 * @param compares - whether to compare an output of this number; all of them if left out.
 * @param inexact - whether the network has the symmetry, but the grid has it only nearly.
 */
export function differenceOf(
  a: Float64Array,
  b: Float64Array,
  {
    compares = () => true,
    inexact = false,
  }: { readonly compares?: ((output: number) => boolean) | undefined; readonly inexact?: boolean } = {},
): Difference {
  const most = largest(a.map((value, i) => (compares(i) ? value - (b[i] as number) : 0)))
  const share = most / Math.max(largest(a), largest(b), Number.MIN_VALUE)
  return { largest: most, share, agreement: share <= ROUNDING ? 'equal' : inexact && share <= NEARLY ? 'nearly' : 'different' }
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A number that is not negative, in two digits: 0.83, or 4.4 · 10⁻¹⁶ where it is small. */
export function formatDifference(value: number): string {
  if (value === 0) return '0'
  if (value >= 0.001) return String(Number(value.toPrecision(2)))
  const [digits, exponent] = value.toExponential(1).split('e') as [string, string]
  return `${digits} · 10⁻${[...exponent.slice(1)].map((digit) => superscripts[Number(digit)]).join('')}`
}

/** What a difference means, in words. @param reason - why the ways agree only nearly, or agree although nothing makes them. */
export function meaningOf({ largest: most, share, agreement }: Difference, reason: string | undefined): string {
  const percent = `${Number((100 * share).toPrecision(2))}\u00a0%`
  if (agreement === 'different') return `${percent} of the output`
  const size = agreement === 'equal' ? (most === 0 ? undefined : 'rounding') : share < 0.001 ? undefined : percent
  return [size, reason].filter((part) => part !== undefined).join('; ') || 'none at all'
}
