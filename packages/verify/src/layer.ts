import type { ActionLike } from '@equivar/groups'
import { type Program, Random } from '@equivar/tensor'
import { drawParameters, type Expression, parameterizedProgram } from './module-program.ts'
import type { Symmetry } from './symmetry.ts'
import type { Values } from './values.ts'

/** A bool input that says which entries exist. */
export interface MaskDescription {
  /** Its name among the inputs. */
  readonly name: string
  /** True if the layer may be called without it. */
  readonly optional?: boolean
  /**
   * By name of an input or output: the axes of it that are the mask's axes, in their order.
   *
   * An entry exists where the mask is true at its place; if several lists are given, where it is true at all of them (both nodes of an edge). A list
   * shorter than the mask's rank says only which axes grow with the mask's, such as the batch axis of an output that has no entry for each element.
   */
  readonly covers: Readonly<Record<string, readonly (readonly number[])[]>>
  /** Inputs that must hold numbers even where nothing exists. */
  readonly finite?: readonly string[]
  /** Axes of the mask along which inputs may be padded; all if left out. */
  readonly padded?: readonly number[]
}

/** That the weights of a linear layer span all maps that commute with a group. It needs one input channel, no bias, and no other input but `x`. */
export interface SpanDescription<S> {
  readonly sizes: readonly S[]
  /** The group on what flattens of x behind its batch axis. */
  input(sizes: S): ActionLike
  /** The same group on what flattens of y behind its batch axis, channels left out. */
  output(sizes: S): ActionLike
  /** How many maps there are, where that is known. */
  maps?(sizes: S): number | undefined
}

/** Sizes to try, by law; those of a law that is left out are chosen from `sizes`. An empty list leaves a law out. */
export interface LayerSizes<S> {
  /** f(g x) = g f(x) in float64; all sizes. */
  readonly equivariance?: readonly S[]
  /** f(g x) = g f(x) on the backends; the last size. */
  readonly devices?: readonly S[]
  /** Derivatives against central differences; the last size. */
  readonly derivative?: readonly S[]
  /** Derivatives of the derivatives by the inputs; none. */
  readonly secondDerivative?: readonly S[]
  /** f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0), if it is claimed; the last size. */
  readonly affine?: readonly S[]
  /** Backends against the reference; all sizes. */
  readonly parity?: readonly S[]
  /** Values and derivatives are numbers, and the same on the backends: sizes 0 and 1; none. */
  readonly edges?: readonly S[]
  /** Masked entries never matter; the last size. */
  readonly masks?: readonly S[]
}

/** Relative differences that are allowed. */
export interface Tolerances {
  /** Equivariance and masks in float64; 1e-12. */
  readonly float64: number
  /** Equivariance on backends; 1e-5. */
  readonly float32: number
  /** Against central differences; 1e-7. */
  readonly derivative: number
  /** f(2 x - 3 y) against 2 f(x) - 3 f(y) + 2 f(0); 1e-12. */
  readonly affine: number
  /** Backends against the reference; 1e-5. */
  readonly parity: number
}

/** A layer, and what is claimed of it. `S` is whatever says how large its inputs are: a number, a list of numbers. */
export interface LayerDescription<S> {
  readonly name: string
  /**
   * The layer applied to inputs. Parameters are found in the expression.
   *
   * @param sizes - for layers that are others at other sizes (`variant`). The inputs have names for all further sizes, and one expression serves these.
   * @param masked - false where masks that are optional must be left out.
   */
  expression(sizes: S, masked: boolean): Expression
  /** Values of the inputs at those sizes. */
  feeds(sizes: S, random: Random): Values
  /** Sizes to try. */
  readonly sizes: readonly S[]
  /** Other sizes for some laws. */
  readonly sizesOf?: LayerSizes<S>
  /** For layers that are not one and the same at all sizes: equal where the same expression serves. */
  variant?(sizes: S): string | number
  /** The group that the layer commutes with, on inputs of those sizes. */
  symmetry?(sizes: S): Symmetry
  readonly masks?: readonly MaskDescription[]
  readonly span?: SpanDescription<S>
  /** True if the layer is an affine map of its float inputs. */
  readonly affine?: boolean
  /** Sizes at which all outputs may be 0; none if left out. A layer that is 0 everywhere would have every symmetry. */
  mayVanish?(sizes: S): boolean
  readonly tolerances?: Partial<Tolerances>
  /** Directions of the derivative check; 3 if left out. */
  readonly directions?: number
  readonly seed?: number
}

/** A layer made ready to be checked: its programs, made when asked for, and values for them. */
export interface LayerUnderTest<S> {
  readonly description: LayerDescription<S>
  readonly tolerances: Tolerances
  readonly seed: number
  /** Whether the layer can be called without its optional masks. */
  readonly maskings: readonly boolean[]
  program(sizes: S, masked?: boolean): Program
  /** Sizes in lists that share a Program. */
  sharing(sizes: readonly S[]): readonly (readonly [S, ...S[]])[]
  /** Values of the inputs and parameters of `program(sizes, masked)`. */
  feeds(sizes: S, masked?: boolean): Values
}

/** The feeds that a Program has inputs for. */
export const feedsFor = ({ inputs }: Program, values: Values): Values =>
  Object.fromEntries(inputs.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])))

/** Builds programs once for all sizes, or once for each variant. */
export function layerUnderTest<S>(description: LayerDescription<S>): LayerUnderTest<S> {
  const { seed = 1, masks = [] } = description
  const variant = (sizes: S): string | number => description.variant?.(sizes) ?? ''
  const made = new Map<string, ReturnType<typeof parameterizedProgram>>()
  const at = (sizes: S, masked: boolean): ReturnType<typeof parameterizedProgram> => {
    const key = `${masked} ${variant(sizes)}`
    const found = made.get(key) ?? parameterizedProgram(description.expression(sizes, masked))
    made.set(key, found)
    return found
  }
  return {
    description,
    seed,
    tolerances: { float64: 1e-12, float32: 1e-5, derivative: 1e-7, affine: 1e-12, parity: 1e-5, ...description.tolerances },
    maskings: masks.some(({ optional }) => optional) ? [true, false] : [true],
    program: (sizes, masked = true) => at(sizes, masked).program,
    sharing: (sizes) => {
      const groups = new Map<string | number, [S, ...S[]]>()
      for (const each of sizes) {
        const group = groups.get(variant(each))
        if (group === undefined) groups.set(variant(each), [each])
        else group.push(each)
      }
      return [...groups.values()]
    },
    feeds: (sizes, masked = true) => {
      const { program, parameters } = at(sizes, masked)
      const values = description.feeds(sizes, new Random({ seed, stream: 'inputs' }))
      return feedsFor(program, { ...values, ...drawParameters(parameters, new Random({ seed, stream: 'parameters' })) })
    },
  }
}
