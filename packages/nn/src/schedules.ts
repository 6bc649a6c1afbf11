/** The learning rate at a step (or epoch), counted from 0. */
export type Schedule = (step: number) => number

/** Always the same. */
export function constantRate(rate: number): Schedule {
  return () => rate
}

/** rate * factor^floor(step / every), not below `minimum`. */
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

/** From rate to minimum along half a cosine in `steps` steps. @see Loshchilov, Hutter 2017. */
export function cosine({ rate, steps, minimum = 0 }: { rate: number; steps: number; minimum?: number }): Schedule {
  return (step) => minimum + ((rate - minimum) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2
}

/** Settings of oneCycle. */
export interface OneCycleOptions {
  readonly maximum: number
  readonly steps: number
  /** The share of the steps in which the rate rises. */
  readonly warmup?: number
  /** The first rate is maximum / divide. */
  readonly divide?: number
  /** The last rate is the first one / finalDivide. */
  readonly finalDivide?: number
}

/** Up to the maximum, then down, both along half a cosine. @see Smith, Topin 2018. */
export function oneCycle({ maximum, steps, warmup = 0.3, divide = 25, finalDivide = 1e4 }: OneCycleOptions): Schedule {
  const first = maximum / divide
  const last = first / finalDivide
  const top = warmup * steps - 1
  const between = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
  return (step) =>
    step <= top ? between(first, maximum, step / top) : between(maximum, last, Math.min(1, (step - top) / (steps - 1 - top)))
}

/** Rises linearly to what another schedule says, in `steps` steps. */
export function warmup({ steps, then }: { steps: number; then: Schedule }): Schedule {
  return (step) => (step < steps ? (then(0) * (step + 1)) / steps : then(step - steps))
}
