import { Input, input, type Program, program, type Random, Tensor, type TensorValue, topological } from '@equivar/tensor'
import { sizeOf, type Values } from './values.ts'

/** What a layer is to a check: something with `forward`. A Module of `@equivar/nn` is one. */
export interface ModuleLike {
  forward(...inputs: never[]): unknown
}

/** Inputs and the expressions that a layer makes of them. */
export interface Expression {
  /** Those that are undefined are left out. */
  readonly inputs: Readonly<Record<string, Input | undefined>>
  /** One output is called `y`. */
  readonly outputs: Tensor | Readonly<Record<string, Tensor>>
}

/** A leaf that may know how its first values are drawn, as the parameters of `@equivar/nn` do. */
type Leaf = Input & { readonly initializer?: (shape: readonly number[], random: Random) => ArrayLike<number> }

/** A Program in which the parameters of a layer are inputs, and those parameters by name. */
export interface ParameterizedProgram {
  readonly program: Program
  readonly parameters: Readonly<Record<string, Leaf>>
}

/** The leaves that outputs depend on and that are not among the inputs, in the order in which they are met: the parameters. */
function parametersIn(inputs: Readonly<Record<string, Input>>, outputs: readonly Tensor[]): Leaf[] {
  const known = new Set<Tensor>(Object.values(inputs))
  return topological(outputs).flatMap(({ outputs: [leaf] }) => (leaf instanceof Input && !known.has(leaf) ? [leaf] : []))
}

/** The outputs by name. */
const namedOutputs = ({ outputs }: Expression): Readonly<Record<string, Tensor>> => (outputs instanceof Tensor ? { y: outputs } : outputs)

/** Freezes an expression. Parameters are found in it; they become inputs `parameter 0`, `parameter 1`, ... */
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
 * Values of parameters: those of their initializer, or normal numbers, and noise, so that nothing is zero or one by accident.
 *
 * @returns numbers that float32 holds exactly.
 */
export function drawParameters(parameters: Readonly<Record<string, Leaf>>, random: Random): Values {
  const draw = (leaf: Leaf): TensorValue => {
    const shape = leaf.shape.map(Number)
    const first = leaf.initializer?.(shape, random) ?? Float64Array.from({ length: sizeOf(shape) }, () => random.normal())
    return { dtype: 'float32', shape, data: Float32Array.from(first, (v) => v + 0.4 * (random.uniform() - 0.5)) }
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, leaf]) => [name, draw(leaf)]))
}

/** A module applied to inputs of the types and shapes of given values, in their order. */
export function moduleProgram(module: ModuleLike, feeds: Values): ParameterizedProgram {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]))
  const result = module.forward(...(Object.values(inputs) as never[]))
  if (!(result instanceof Tensor))
    throw new TypeError('expected forward to return a tensor. Make a Program of a module with several outputs.')
  return parameterizedProgram({ inputs, outputs: result })
}

/** A Program with only some of its outputs. */
export function onlyOutputs({ inputs, outputs }: Program, names: readonly string[]): Program {
  return program({
    inputs: Object.fromEntries(inputs.map(({ name, tensor }) => [name, tensor])),
    outputs: Object.fromEntries(outputs.filter(({ name }) => names.includes(name)).map(({ name, tensor }) => [name, tensor])),
  })
}
