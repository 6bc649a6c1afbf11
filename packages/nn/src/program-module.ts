import {
  constant,
  type Input,
  type Program,
  printShape,
  ShapeError,
  sameShape,
  substitute,
  type Tensor,
  type TensorValue,
  toNumbers,
} from '@equivar/tensor'
import { Module, Parameter } from './module.ts'

/** What a ProgramModule is made from; `importOnnx` gives it. */
export interface ProgramModuleOptions {
  readonly program: Program
  /** Values of inputs of the Program: these become parameters. */
  readonly values: Readonly<Record<string, TensorValue>>
  /** Names of values that no gradient updates: running statistics of normalizations. */
  readonly statistics?: readonly string[]
}

/**
 * A Program as a Module: to train on what another framework has trained, as a whole or below a head of one's own.
 *
 * Law: `forward()` computes what the Program computes. Each float32 input with a value is a Parameter, a field under its own name, so that its path is the
 * name in the file; `initialize` gives the values of the file. Other inputs with values become part of the expressions. Normalizations use their running
 * statistics, also while they are trained.
 *
 * @throws RangeError if `statistics` names no value.
 * @example
 * class Tuned extends Module {
 *   readonly body = new ProgramModule(importOnnx(bytes, { outputs: ['features'] }))
 *   readonly head = new Linear({ inChannels: 16, outChannels: 3 })
 *   forward(): Tensor { return this.head.forward(this.body.forward().features) }
 * }
 */
export class ProgramModule extends Module {
  readonly #program: Program
  readonly #known: ReadonlyMap<Tensor, Tensor>

  constructor({ program, values, statistics = [] }: ProgramModuleOptions) {
    super()
    const unknown = statistics.find((name) => !Object.hasOwn(values, name))
    if (unknown !== undefined) throw new RangeError(`ProgramModule: expected statistics to name values, received "${unknown}".`)
    const known = new Map<Tensor, Tensor>()
    for (const { name, tensor } of program.inputs) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) continue
      const own = ownTensor(value, !statistics.includes(name))
      known.set(tensor, own)
      if (own instanceof Parameter) Object.defineProperty(this, name, { value: own, enumerable: true })
    }
    this.#program = program
    this.#known = known
  }

  /** The inputs that are data, by name. */
  get inputs(): Record<string, Input> {
    const given = this.#program.inputs.filter(({ tensor }) => !this.#known.has(tensor))
    return Object.fromEntries(given.map(({ name, tensor }) => [name, tensor]))
  }

  /**
   * The outputs, by name.
   *
   * @param given - a tensor in place of an input, of its type and shape; the inputs themselves where it is left out.
   * @throws RangeError for an input that the Program lacks, ShapeError for a tensor of another type or shape.
   */
  forward(given: Readonly<Record<string, Tensor>> = {}): Record<string, Tensor> {
    const { inputs } = this
    const replaced = new Map(this.#known)
    for (const [name, tensor] of Object.entries(given)) {
      const expected = Object.hasOwn(inputs, name) ? inputs[name] : undefined
      if (expected === undefined)
        throw new RangeError(`ProgramModule.forward: expected inputs ${Object.keys(inputs).join(', ')}, received "${name}".`)
      if (tensor.dtype !== expected.dtype || !sameShape(tensor.shape, expected.shape))
        throw new ShapeError(
          'ProgramModule.forward',
          `"${name}" as ${expected.dtype} ${printShape(expected.shape)}`,
          `${tensor.dtype} ${printShape(tensor.shape)}`,
          'Sizes have the names that they have in the file: the field inputs holds them.',
        )
      replaced.set(expected, tensor)
    }
    const { outputs } = this.#program
    const tensors = substitute(
      outputs.map(({ tensor }) => tensor),
      replaced,
    )
    return Object.fromEntries(outputs.map(({ name }, i) => [name, tensors[i] as Tensor]))
  }
}

/** A Parameter with that value, or a constant where the type is not float32. */
function ownTensor({ dtype, shape, data }: TensorValue, trainable: boolean): Tensor {
  if (dtype !== 'float32') return constant(data, shape, dtype)
  return new Parameter(shape, () => Float64Array.from(toNumbers(data)), trainable)
}
