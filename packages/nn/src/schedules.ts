/** The learning rate at a step (or epoch), counted from 0. */
export type Schedule = (step: number) => number

/** A constant rate. */
export function constantRate(rate: number): Schedule {
  return () => rate
}

/** rate * factor^floor(step / every), but at least `minimum`. */
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
  return (step) => Math.max(minimum, rate * factor ** Math.floor(step / every))
}

/** rate * factor^step. */
export function exponentialDecay({ rate, factor }: { rate: number; factor: number }): Schedule {
  return (step) => rate * factor ** step
}

/** Decays from `rate` to `minimum` along half a period of a cosine, in `steps` steps. @see Loshchilov, Hutter 2017. */
export function cosineDecay({ rate, steps, minimum = 0 }: { rate: number; steps: number; minimum?: number }): Schedule {
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

/** Increases to the maximum, then decreases, both along half a period of a cosine. @see Smith, Topin 2018. */
export function oneCycle({ maximum, steps, warmup = 0.3, initialDivisor = 25, finalDivisor = 1e4 }: OneCycleOptions): Schedule {
  const first = maximum / initialDivisor
  const last = first / finalDivisor
  const top = warmup * steps - 1
  const between = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
  return (step) =>
    step <= top ? between(first, maximum, step / top) : between(maximum, last, Math.min(1, (step - top) / (steps - 1 - top)))
}

/** Increases linearly to the first rate of another schedule in `steps` steps, then follows that schedule. */
export function warmup({ steps, then }: { steps: number; then: Schedule }): Schedule {
  return (step) => (step < steps ? (then(0) * (step + 1)) / steps : then(step - steps))
}
