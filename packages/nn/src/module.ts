import { Input, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { constantOf, glorotUniform, type Initializer } from './initializers.ts'

/**
 * A symbolic float32 value that belongs to a module. It is an input of every Program that contains the module, named by its path in the module tree.
 *
 * It contains no numbers; these are in a record from path to value.
 */
export class Parameter extends Input {
  readonly initializer: Initializer
  /** Whether an optimizer updates it by its gradient. Running statistics are not trainable. */
  readonly trainable: boolean

  constructor(shape: readonly number[], initializer: Initializer, trainable: boolean) {
    super('parameter', 'float32', shape)
    this.initializer = initializer
    this.trainable = trainable
  }

  /** The shape, which has no symbolic sizes. */
  get sizes(): readonly number[] {
    return this.shape as readonly number[]
  }
}

/** Creates a parameter; trainable and with the Glorot uniform initializer by default. */
export function parameter(
  shape: readonly number[],
  { initializer = glorotUniform(), trainable = true }: { initializer?: Initializer; trainable?: boolean } = {},
): Parameter {
  return new Parameter(shape, initializer, trainable)
}

/** Creates a value that training updates without a gradient, such as a running mean. `value` is its initial value. */
export function buffer(shape: readonly number[], value: number): Parameter {
  return new Parameter(shape, constantOf(value), false)
}

/**
 * A part of a model. It owns parameters and other modules as fields, and its method `forward` builds an expression.
 *
 * Fields that are Parameters, Modules, or arrays of these are found automatically; there is no registration.
 */
export abstract class Module {
  abstract forward(...inputs: never[]): unknown
}

function walk(value: unknown, path: string, found: Map<string, Parameter>, seen: Set<unknown>): void {
  if (value instanceof Parameter) {
    if (!seen.has(value)) found.set(path, value)
    seen.add(value)
    return
  }
  if (!(value instanceof Module) && !Array.isArray(value)) return
  if (seen.has(value)) return
  seen.add(value)
  for (const [name, child] of Object.entries(value)) walk(child, path === '' ? name : `${path}.${name}`, found, seen)
}

/** The parameters of a module by path (`layers.0.own`), in the order of the fields. A shared parameter appears once, under its first path. */
export function parametersOf(module: Module): Map<string, Parameter> {
  const found = new Map<string, Parameter>()
  walk(module, '', found, new Set())
  return found
}

/** The total number of elements of the trainable parameters. */
export function countParameters(module: Module): number {
  return [...parametersOf(module).values()].filter((p) => p.trainable).reduce((n, p) => n + p.sizes.reduce((m, d) => m * d, 1), 0)
}

/**
 * The initial values of all parameters, by path.
 *
 * Each parameter has its own random stream, named by its path. So adding a parameter does not change the values of the others.
 */
export function initialize(module: Module, seed: number): Record<string, TensorValue> {
  return Object.fromEntries(
    [...parametersOf(module)].map(([path, p]) => {
      const data = Float32Array.from(p.initializer(p.sizes, new Random({ seed, stream: path })))
      return [path, { dtype: 'float32', shape: p.sizes, data } satisfies TensorValue]
    }),
  )
}
