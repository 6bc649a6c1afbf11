import { add, div, min, mul, pow, reduceSum, sqrt, sub, type Tensor } from '@equivar/tensor'

/** The arguments of the update of one parameter. */
export interface UpdateArguments {
  readonly parameter: Tensor
  readonly gradient: Tensor
  /** The values of the slots, of the shape of the parameter. They are zeros before the first step. */
  readonly state: Readonly<Record<string, Tensor>>
  /** A float32 scalar. */
  readonly learningRate: Tensor
  /** The number of the step, a float32 scalar; 1 in the first step. */
  readonly step: Tensor
}

/** An update rule: it maps a parameter and its gradient to the next value of the parameter, as expressions. */
export interface Optimizer {
  readonly name: string
  /** The names of the values that are stored for each parameter. */
  readonly slots: readonly string[]
  readonly hyperparameters: Readonly<Record<string, unknown>>
  update(given: UpdateArguments): { parameter: Tensor; state: Record<string, Tensor> }
}

/** @throws RangeError if an option is not in [0, 1), or below 0 where `most` is infinite. */
function demandRange(where: string, options: Readonly<Record<string, number>>, most: number): void {
  const wrong = Object.entries(options).find(([, value]) => !(value >= 0 && value < most))
  if (wrong === undefined) return
  const [name, value] = wrong
  const range = most === 1 ? 'in [0, 1)' : 'finite and of 0 or more'
  throw new RangeError(`${where}: expected ${name} ${range}, received ${Number.isNaN(value) ? 'no number' : value}.`)
}

/** Options of sgd. */
export interface SgdOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
  readonly weightDecay?: number
}

/**
 * Stochastic gradient descent: v = momentum v + g, then w = w - rate v, or w = w - rate (g + momentum v) with `nesterov`. Weight decay is added to the gradient.
 *
 * @throws RangeError if momentum is not in [0, 1), or weightDecay is negative.
 */
export function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  demandRange('sgd', { momentum }, 1)
  demandRange('sgd', { weightDecay }, Number.POSITIVE_INFINITY)
  return {
    name: 'sgd',
    slots: momentum === 0 ? [] : ['momentum'],
    hyperparameters: { momentum, nesterov, weightDecay },
    update: ({ parameter, gradient, state, learningRate }) => {
      const g = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay))
      if (momentum === 0) return { parameter: sub(parameter, mul(learningRate, g)), state: {} }
      const velocity = add(mul(state.momentum as Tensor, momentum), g)
      const direction = nesterov ? add(g, mul(velocity, momentum)) : velocity
      return { parameter: sub(parameter, mul(learningRate, direction)), state: { momentum: velocity } }
    },
  }
}

/** Options of adam and adamW. */
export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  readonly weightDecay?: number
}

function demandAdam(where: string, { beta1, beta2, epsilon, weightDecay }: Required<AdamOptions>): void {
  demandRange(where, { beta1, beta2 }, 1)
  demandRange(where, { epsilon, weightDecay }, Number.POSITIVE_INFINITY)
}

function adamUpdate(
  { parameter, gradient, state, learningRate, step }: UpdateArguments,
  { beta1, beta2, epsilon }: Required<AdamOptions>,
): { parameter: Tensor; state: Record<string, Tensor> } {
  const first = add(mul(state.first as Tensor, beta1), mul(gradient, 1 - beta1))
  const second = add(mul(state.second as Tensor, beta2), mul(mul(gradient, gradient), 1 - beta2))
  const rate = div(learningRate, sub(1, pow(beta1, step)))
  const scale = sqrt(sub(1, pow(beta2, step)))
  const denominator = add(div(sqrt(second), scale), epsilon)
  return { parameter: sub(parameter, div(mul(rate, first), denominator)), state: { first, second } }
}

/**
 * Adam: the step is the running mean of the gradient, divided by the square root of the running mean of its square. Weight decay is added to the gradient.
 *
 * @throws RangeError if a beta is not in [0, 1), or epsilon or weightDecay is negative.
 * @see Kingma, Ba 2015, "Adam: a method for stochastic optimization".
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {}): Optimizer {
  const options = { beta1, beta2, epsilon, weightDecay }
  demandAdam('adam', options)
  return {
    name: 'adam',
    slots: ['first', 'second'],
    hyperparameters: options,
    update: (given) => {
      const gradient = weightDecay === 0 ? given.gradient : add(given.gradient, mul(given.parameter, weightDecay))
      return adamUpdate({ ...given, gradient }, options)
    },
  }
}

/**
 * Adam with decoupled weight decay, which is applied to the parameter itself.
 *
 * @throws RangeError if a beta is not in [0, 1), or epsilon or weightDecay is negative.
 * @see Loshchilov, Hutter 2019.
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamOptions = {}): Optimizer {
  const options = { beta1, beta2, epsilon, weightDecay }
  demandAdam('adamW', options)
  return {
    name: 'adamW',
    slots: ['first', 'second'],
    hyperparameters: options,
    update: (given) => {
      const parameter = mul(given.parameter, sub(1, mul(given.learningRate, weightDecay)))
      return adamUpdate({ ...given, parameter }, options)
    },
  }
}

/**
 * Multiplies all gradients by min(1, maxNorm / (norm + 1e-6)), where `norm` is their global norm.
 *
 * @returns the scaled gradients, and the norm before scaling.
 * @throws RangeError if there is no gradient, or maxNorm is not positive.
 */
export function clipByGlobalNorm(gradients: readonly Tensor[], maxNorm: number): { gradients: Tensor[]; norm: Tensor } {
  if (gradients.length === 0) throw new RangeError('clipByGlobalNorm: expected one gradient or more, received none.')
  if (!(maxNorm > 0 && maxNorm < Number.POSITIVE_INFINITY))
    throw new RangeError(
      `clipByGlobalNorm: expected a finite maxNorm of more than 0, received ${Number.isNaN(maxNorm) ? 'no number' : maxNorm}.`,
    )
  const squares = gradients.map((g) => reduceSum(mul(g, g)))
  const norm = sqrt(squares.reduce((a, b) => add(a, b)))
  const factor = min(div(maxNorm, add(norm, 1e-6)), 1)
  return { gradients: gradients.map((g) => mul(g, factor)), norm }
}
