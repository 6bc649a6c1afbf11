/**
 * The learning rate at a time, counted from 0. The caller decides what is counted: `fit` of `@equivar/train` counts epochs, or steps with
 * `scheduleBy: 'step'`. The lengths that a schedule is made with (`steps`, `every`) are in the same unit.
 */
export type Schedule = (step: number) => number

/** @throws RangeError if a number is not finite, or is below `least`. */
function demandLeast(where: string, numbers: Readonly<Record<string, number>>, least: number): void {
  const wrong = Object.entries(numbers).find(([, value]) => !(value >= least && value < Number.POSITIVE_INFINITY))
  if (wrong === undefined) return
  const [name, value] = wrong
  throw new RangeError(`${where}: expected a finite ${name} of ${least} or more, received ${Number.isNaN(value) ? 'no number' : value}.`)
}

/** A constant rate. @throws RangeError if it is negative. */
export function constantRate(rate: number): Schedule {
  demandLeast('constantRate', { rate }, 0)
  return () => rate
}

/** rate * factor^floor(step / every), but at least `minimum`. @throws RangeError if `every` is below 1, or another number negative. */
export function stepDecay({
  rate,
  every,
  factor,
  minimum = 0,
}: {
  rate: number
  every: number
  factor: number
  minimum?: number
}): Schedule {
  demandLeast('stepDecay', { rate, factor, minimum }, 0)
  demandLeast('stepDecay', { every }, 1)
  return (step) => Math.max(minimum, rate * factor ** Math.floor(step / every))
}

/** rate * factor^step. @throws RangeError if a number is negative. */
export function exponentialDecay({ rate, factor }: { rate: number; factor: number }): Schedule {
  demandLeast('exponentialDecay', { rate, factor }, 0)
  return (step) => rate * factor ** step
}

/**
 * Decays from `rate` to `minimum` along half a period of a cosine, in `steps` steps, and stays there.
 *
 * @throws RangeError if `steps` is below 1, or another number negative.
 * @see Loshchilov, Hutter 2017.
 */
export function cosineDecay({ rate, steps, minimum = 0 }: { rate: number; steps: number; minimum?: number }): Schedule {
  demandLeast('cosineDecay', { rate, minimum }, 0)
  demandLeast('cosineDecay', { steps }, 1)
  return (step) => minimum + ((rate - minimum) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2
}

/** Options of oneCycle. */
export interface OneCycleOptions {
  readonly maximum: number
  readonly steps: number
  /** The fraction of the steps in which the rate increases; 0.3 by default. */
  readonly warmup?: number
  /** The first rate is maximum / initialDivisor; 25 by default. */
  readonly initialDivisor?: number
  /** The last rate is the first rate / finalDivisor; 1e4 by default. */
  readonly finalDivisor?: number
}

/**
 * Increases to the maximum, then decreases, both along half a period of a cosine, in `steps` steps.
 *
 * @throws RangeError if `steps` or a divisor is below 1, the maximum is negative, or `warmup` is not in [0, 1].
 * @see Smith, Topin 2018.
 */
export function oneCycle({ maximum, steps, warmup = 0.3, initialDivisor = 25, finalDivisor = 1e4 }: OneCycleOptions): Schedule {
  demandLeast('oneCycle', { maximum, warmup }, 0)
  demandLeast('oneCycle', { steps, initialDivisor, finalDivisor }, 1)
  if (warmup > 1) throw new RangeError(`oneCycle: expected warmup of at most 1, received ${warmup}.`)
  const first = maximum / initialDivisor
  const last = first / finalDivisor
  const top = warmup * steps - 1
  const between = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
  return (step) =>
    step <= top
      ? between(first, maximum, top === 0 ? 1 : step / top)
      : between(maximum, last, Math.min(1, (step - top) / (steps - 1 - top)))
}

/** Increases linearly to the first rate of another schedule in `steps` steps, then follows that schedule. @throws RangeError if `steps` is negative. */
export function warmup({ steps, then }: { steps: number; then: Schedule }): Schedule {
  demandLeast('warmup', { steps }, 0)
  return (step) => (step < steps ? (then(0) * (step + 1)) / steps : then(step - steps))
}
