import type { Tensor } from '../expression/tensor.ts'
import type { Program } from '../program/program.ts'

/** What a pass may know beside the Program. */
export interface PassContext {
  /** Inputs whose values are known when the Program is compiled, and become constants of it. */
  readonly fixed: ReadonlySet<Tensor>
}

/** What is known of a Program of whose inputs these, by name, become constants. */
export const contextOf = ({ inputs }: Program, fixed: readonly string[]): PassContext => ({
  fixed: new Set(inputs.flatMap(({ name, tensor }) => (fixed.includes(name) ? [tensor] : []))),
})

/**
 * A step of compilation: a Program in, an equal Program out.
 *
 * Law: for every input the outputs are equal, but for the order in which floats are added and multiplied. A pass that finds nothing to do returns the
 * Program that it was given.
 */
export interface Pass {
  readonly name: string
  run(program: Program, context: PassContext): Program
}

/** What will run a Program: its name, and the passes that prepare a Program for it, in order. */
export interface Target {
  readonly name: string
  readonly passes: readonly Pass[]
}
