import { superscript } from '../parts/change-text.ts'

/** A mark of an axis. */
export interface Tick {
  readonly at: number
  readonly label: string
}

/** An axis of a chart. */
export interface Scale {
  /** Where a value lies, from 0 at the start of the axis to 1 at its end. */
  place(value: number): number
  readonly ticks: readonly Tick[]
}

const within = (part: number): number => Math.min(1, Math.max(0, part))

/** The smallest round step, 1, 2 or 5 times a power of ten, that gets from 0 to the end in so many steps. */
function roundStep(end: number, steps: number): number {
  const power = 10 ** Math.floor(Math.log10(end / steps))
  return power * ([1, 2, 5].find((factor) => factor * power * steps >= end) ?? 10)
}

/** From 0 to the first round mark at or behind a number; to the number itself with `exact`. */
export function linearScale(end: number, { marks = 4, exact = false }: { readonly marks?: number; readonly exact?: boolean } = {}): Scale {
  const step = roundStep(end, marks)
  const last = exact ? end : Math.ceil(end / step - 1e-9) * step
  const place = (value: number): number => within(value / last)
  const count = Math.floor(last / step + 1e-9) + 1
  const ticks = Array.from({ length: count }, (_, i) => ({
    at: place(i * step),
    label: (i * step).toLocaleString('en', { maximumSignificantDigits: 3 }),
  }))
  return { place, ticks }
}

/** From none to all. */
export const percentScale: Scale = {
  place: within,
  ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: `${100 * at} %` })),
}

/** Powers of ten, from one exponent to another; every second one has a mark. */
export function powerScale(from: number, to: number): Scale {
  const place = (value: number): number => within((Math.log10(Math.max(value, Number.MIN_VALUE)) - from) / (to - from))
  const exponents = Array.from({ length: Math.floor((to - from) / 2) + 1 }, (_, i) => to - 2 * i)
  return {
    place,
    ticks: exponents.map((exponent) => ({ at: place(10 ** exponent), label: exponent === 0 ? '1' : `10${superscript(exponent)}` })),
  }
}

/** Given marks, evenly spaced in powers of two. */
export function doublingScale(marks: readonly number[]): Scale {
  const [from, to] = [Math.log2(marks[0] ?? 1), Math.log2(marks.at(-1) ?? 2)]
  const place = (value: number): number => within((Math.log2(value) - from) / (to - from))
  return { place, ticks: marks.map((mark) => ({ at: place(mark), label: mark.toLocaleString('en') })) }
}
