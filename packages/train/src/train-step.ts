import type { Optimizer } from '@equivar/nn'
import type { Input, Program, Tensor } from '@equivar/tensor'
import type { Metrics, Objective } from './objective.ts'

/** An objective in inference mode as a Program. */
export interface Evaluation<M extends Metrics = Metrics> {
  /** Inputs: the data, and parameters and running statistics by path. Outputs: `loss`, the scalars, and `<metric>.<tensor>` for metrics of a whole split. */
  readonly program: Program
  /** Names of the inputs that are data. */
  readonly data: readonly string[]
  readonly metrics: M
}

/** A part of the state: a training step takes its value and returns the next one. */
export interface StateEntry {
  readonly input: string
  readonly output: string
  /** `slot`: state of the optimizer, or the sum of gradients for the next update. `average`: the moving average of a parameter. */
  readonly kind: 'parameter' | 'buffer' | 'slot' | 'average' | 'step'
  readonly shape: readonly number[]
}

/** A training step as a Program: forward, backward, optimizer. */
export interface TrainStep<M extends Metrics = Metrics> {
  /** Inputs: the data, every parameter under its path, `optimizer.<slot>.<path>`, `step`, `learning_rate`, `seed`. Outputs: `loss`, metrics, `<input>.next`. */
  readonly program: Program
  readonly state: readonly StateEntry[]
  /** The gradients of the loss by what is trained, before they are clipped or added up over steps: tensors of the program. None of a repeated step. */
  readonly gradients: readonly Tensor[]
  /** Names of the reported outputs: `loss`, the metrics that are scalars, and `examples` if the objective says how many. */
  readonly metrics: readonly string[]
  /** The same objective in inference mode. It is built when it is asked for. */
  readonly evaluation: () => Evaluation<M>
}

/** Options of a training step. */
export interface TrainStepOptions<M extends Metrics = Metrics> {
  readonly inputs: Readonly<Record<string, Input>>
  /** Builds the forward pass and the loss. It is called once for training, and once for evaluation. */
  readonly objective: () => Objective<M>
  readonly optimizer: Optimizer
  /** Largest global norm of the gradients; no limit by default. */
  readonly clipNorm?: number
  /** Number of steps whose gradients are averaged for one update, like a larger batch with the memory of a small one. Default 1. */
  readonly accumulate?: number
  /**
   * Paths of parameters, or of modules, that stay as they are: `encoder`, `layers.*.bias`. They get no gradient, no state of the optimizer and no weight decay.
   * Running statistics below such a path stay too; a normalization still uses the statistics of the batch.
   */
  readonly freeze?: readonly string[]
  /**
   * The decay of an exponential moving average of the parameters, such as 0.999; no average by default. It is bias-corrected: after t updates the parameters
   * of update i have the weight decay^(t - i), divided by the sum of these weights, and the initial values have none. Running statistics are not averaged.
   */
  readonly average?: number
  readonly metadata?: Readonly<Record<string, string>>
}
