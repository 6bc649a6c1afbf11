import { initialize, Module, parametersOf } from '@equivar/nn'
import { constant, evaluate, type Input, optimize, program, substitute, type Tensor, type TensorValue } from '@equivar/tensor'

/** Runs a network with its weights. */
export type Run<X> = (x: X) => Float64Array

/** A network for each seed of its random weights. */
export type Compiled<X> = (seed: number) => Run<X>

/** A layer with an input, and perhaps others that it does not change. */
type Layer = Module & { forward(x: Tensor, ...further: Tensor[]): Tensor }

/** Layers with an activation between them. */
export class Chain extends Module {
  readonly layers: readonly Layer[]
  readonly #activation: (x: Tensor) => Tensor

  constructor(layers: readonly Layer[], activation: (x: Tensor) => Tensor) {
    super()
    this.layers = layers
    this.#activation = activation
  }

  forward(x: Tensor, ...further: Tensor[]): Tensor {
    return this.layers.reduce((h, layer, i) => layer.forward(i === 0 ? h : this.#activation(h), ...further), x)
  }
}

/** A network as an expression. */
export interface Network {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly output: Tensor
}

/**
 * A network with random weights, run by the float64 reference. Its outputs are scaled so that the largest is 1 at the given input.
 *
 * @param build - builds the expression. It is called when the first seed is asked for.
 * @param feeds - the values of its inputs.
 * @param start - the input at which the outputs are scaled.
 */
export function compile<X>(build: () => Network, feeds: (x: X) => Readonly<Record<string, TensorValue>>, start: X): Compiled<X> {
  let built: Network | undefined
  return (seed) => {
    built ??= build()
    const weights = initialize(built.module, seed)
    const fixed = new Map<Tensor, Tensor>()
    for (const [path, parameter] of parametersOf(built.module)) {
      const { data, shape } = weights[path] as TensorValue
      fixed.set(parameter, constant(data, shape, 'float32'))
    }
    const [y] = substitute([built.output], fixed)
    const compiled = optimize(program({ inputs: built.inputs, outputs: { y: y as Tensor } }))
    const run = (x: X): Float64Array => Float64Array.from(evaluate(compiled, feeds(x)).y.data as ArrayLike<number>)
    const scale = largest(run(start))
    return (x) => run(x).map((value) => value / scale)
  }
}

/** The largest absolute value. */
export function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
