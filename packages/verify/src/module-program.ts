import { Input, input, type Program, program, type Random, Tensor, type TensorValue, topological } from '@equivar/tensor'
import { sizeOf, type Values } from './values.ts'

/** A layer: anything with a method `forward`, such as a Module of `@equivar/nn`. */
export interface ModuleLike {
  forward(...inputs: never[]): unknown
}

/** Inputs, and the outputs of a layer as expressions of them. */
export interface Expression {
  /** Inputs by name; undefined entries are ignored. */
  readonly inputs: Readonly<Record<string, Input | undefined>>
  /** Outputs by name; a single output is named `y`. */
  readonly outputs: Tensor | Readonly<Record<string, Tensor>>
}

/** An input that may have an initializer, like the parameters of `@equivar/nn`. */
type Leaf = Input & { readonly initializer?: (shape: readonly number[], random: Random) => ArrayLike<number> }

/** A Program in which the parameters of a layer are inputs, with these parameters by name. */
export interface ParameterizedProgram {
  readonly program: Program
  readonly parameters: Readonly<Record<string, Leaf>>
}

/** The parameters: all leaves that the outputs depend on, except the inputs, in topological order. */
function parametersIn(inputs: Readonly<Record<string, Input>>, outputs: readonly Tensor[]): Leaf[] {
  const known = new Set<Tensor>(Object.values(inputs))
  return topological(outputs).flatMap(({ outputs: [leaf] }) => (leaf instanceof Input && !known.has(leaf) ? [leaf] : []))
}

/** The outputs by name. */
const namedOutputs = ({ outputs }: Expression): Readonly<Record<string, Tensor>> => (outputs instanceof Tensor ? { y: outputs } : outputs)

/** Builds a Program from an expression. Parameters become inputs named `parameter 0`, `parameter 1`, ... */
export function parameterizedProgram(expression: Expression): ParameterizedProgram {
  const outputs = namedOutputs(expression)
  const inputs = Object.fromEntries(
    Object.entries(expression.inputs).flatMap(([name, each]) => (each === undefined ? [] : [[name, each] as const])),
  )
  const found = parametersIn(inputs, Object.values(outputs))
  const parameters = Object.fromEntries(found.map((leaf, i) => [`parameter ${i}`, leaf]))
  return { program: program({ inputs: { ...inputs, ...parameters }, outputs }), parameters }
}

/**
 * Random values of parameters: from their initializer, or normally distributed, plus noise, so that no value is exactly zero or one.
 *
 * @returns numbers that float32 represents exactly.
 */
export function drawParameters(parameters: Readonly<Record<string, Leaf>>, random: Random): Values {
  const draw = (leaf: Leaf): TensorValue => {
    const shape = leaf.shape.map(Number)
    const first = leaf.initializer?.(shape, random) ?? Float64Array.from({ length: sizeOf(shape) }, () => random.normal())
    return { dtype: 'float32', shape, data: Float32Array.from(first, (v) => v + 0.4 * (random.uniform() - 0.5)) }
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, leaf]) => [name, draw(leaf)]))
}

/** The Program of a module applied to inputs with the types and shapes of given values, in their order. */
export function moduleProgram(module: ModuleLike, feeds: Values): ParameterizedProgram {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]))
  const result = module.forward(...(Object.values(inputs) as never[]))
  if (!(result instanceof Tensor))
    throw new TypeError('expected forward to return a tensor. For a module with several outputs, pass a Program.')
  return parameterizedProgram({ inputs, outputs: result })
}

/** A Program with only the named outputs. */
export function onlyOutputs({ inputs, outputs }: Program, names: readonly string[]): Program {
  return program({
    inputs: Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])),
    outputs: Object.fromEntries(outputs.filter(({ name }) => names.includes(name)).map(({ name, tensor }) => [name, tensor])),
  })
}
