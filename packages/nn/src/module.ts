import { Input, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { constantOf, glorotUniform, type Initializer } from './initializers.ts'

/**
 * A symbolic value that a module owns: an input of every Program the module is part of, named by its path in the module tree.
 *
 * It is float32 and holds no numbers; those live in a record from path to value.
 */
export class Parameter extends Input {
  readonly initializer: Initializer
  /** Whether training changes it by its gradient; running statistics are not trainable. */
  readonly trainable: boolean

  constructor(shape: readonly number[], initializer: Initializer, trainable: boolean) {
    super('parameter', 'float32', shape)
    this.initializer = initializer
    this.trainable = trainable
  }

  /** Its shape, which is always known. */
  get sizes(): readonly number[] {
    return this.shape as readonly number[]
  }
}

/** A trainable value of that shape; Glorot's uniform initializer if none is given. */
export function parameter(
  shape: readonly number[],
  { initializer = glorotUniform(), trainable = true }: { initializer?: Initializer; trainable?: boolean } = {},
): Parameter {
  return new Parameter(shape, initializer, trainable)
}

/** A value that training updates without a gradient, such as a running mean. */
export function buffer(shape: readonly number[], value: number): Parameter {
  return new Parameter(shape, constantOf(value), false)
}

/**
 * A part of a model: it owns parameters and other modules as fields, and `forward` builds an expression.
 *
 * Fields that are Parameters, Modules, or arrays of these are found by walking; nothing is registered.
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

/** The parameters of a module by path (`layers.0.own`), in the order of the fields. One that is shared appears once, where it is met first. */
export function parametersOf(module: Module): Map<string, Parameter> {
  const found = new Map<string, Parameter>()
  walk(module, '', found, new Set())
  return found
}

/** How many numbers the trainable parameters hold. */
export function countParameters(module: Module): number {
  return [...parametersOf(module).values()].filter((p) => p.trainable).reduce((n, p) => n + p.sizes.reduce((m, d) => m * d, 1), 0)
}

/**
 * First values of all parameters, by path.
 *
 * Each parameter draws from its own stream, named by its path, so that adding one leaves the others' values as they were.
 */
export function initialize(module: Module, seed: number): Record<string, TensorValue> {
  return Object.fromEntries(
    [...parametersOf(module)].map(([path, p]) => {
      const data = Float32Array.from(p.initializer(p.sizes, new Random({ seed, stream: path })))
      return [path, { dtype: 'float32', shape: p.sizes, data } satisfies TensorValue]
    }),
  )
}
