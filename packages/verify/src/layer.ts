import type { ActionLike } from '@equivar/groups'
import { type Program, Random } from '@equivar/tensor'
import { drawParameters, type Expression, parameterizedProgram } from './module-program.ts'
import type { Symmetry } from './symmetry.ts'
import type { Values } from './values.ts'

/** A bool input that says which entries exist. The others are masked. */
export interface MaskDescription {
  /** The name of the input. */
  readonly name: string
  /** True if the layer may be called without it. */
  readonly optional?: boolean
  /**
   * For each input or output that the mask covers, lists of its axes: axis k of a list corresponds to axis k of the mask.
   *
   * An entry exists if the mask is true at its position. With several lists it must be true for all of them, such as for both nodes of an edge. A list shorter
   * than the rank of the mask only says which axes have the sizes of the mask, such as the batch axis of an output without an axis of elements.
   */
  readonly covers: Readonly<Record<string, readonly (readonly number[])[]>>
  /** Inputs that must be finite even at masked entries. */
  readonly finite?: readonly string[]
  /** The axes of the mask along which inputs may be padded; all by default. */
  readonly padded?: readonly number[]
}

/** The claim that the weights of a linear layer span all maps that commute with a group. The layer must have one input channel, no bias, and `x` as its only input. */
export interface SpanDescription<S> {
  readonly sizes: readonly S[]
  /** The action of the group on the entries of x without its batch axis, row-major. */
  input(sizes: S): ActionLike
  /** The action of the same group on the entries of y without its batch axis and channels, row-major. */
  output(sizes: S): ActionLike
  /** The dimension of the space of equivariant maps, if it is known. */
  maps?(sizes: S): number | undefined
}

/** The sizes for each law. The defaults, given below, are chosen from `sizes`. An empty list skips a law. */
export interface LayerSizes<S> {
  /** f(g x) = g f(x) in float64. Default: all sizes. */
  readonly equivariance?: readonly S[]
  /** f(g x) = g f(x) on the backends. Default: the last size. */
  readonly devices?: readonly S[]
  /** Derivatives against central differences. Default: the last size. */
  readonly derivative?: readonly S[]
  /** Second derivatives with respect to inputs. Default: none. */
  readonly secondDerivative?: readonly S[]
  /** f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0), if the layer is affine. Default: the last size. */
  readonly affine?: readonly S[]
  /** Backends against the reference. Default: all sizes. */
  readonly parity?: readonly S[]
  /** Finite values and derivatives that agree on all backends, for edge sizes such as 0 and 1. Default: none. */
  readonly edges?: readonly S[]
  /** The laws of masks. Default: the last size. */
  readonly masks?: readonly S[]
}

/** The largest relative differences that are accepted. */
export interface Tolerances {
  /** Equivariance and masks in float64; 1e-12 by default. */
  readonly float64: number
  /** Equivariance on backends; 1e-5 by default. */
  readonly float32: number
  /** Derivatives against central differences; 1e-7 by default. */
  readonly derivative: number
  /** f(2 x - 3 y) against 2 f(x) - 3 f(y) + 2 f(0); 1e-12 by default. */
  readonly affine: number
  /** Backends against the reference; 1e-5 by default. */
  readonly parity: number
}

/** A layer and its claimed properties. `S` describes the sizes of the inputs: a number, a list of numbers, or anything else. */
export interface LayerDescription<S> {
  readonly name: string
  /**
   * The layer, applied to inputs. Its parameters are found in the expression.
   *
   * @param sizes - the sizes, for layers that depend on them (see `variant`). All other sizes of the inputs must be symbolic.
   * @param masked - false to omit optional masks.
   */
  expression(sizes: S, masked: boolean): Expression
  /** Values of the inputs at the given sizes. */
  feeds(sizes: S, random: Random): Values
  /** The sizes to check. */
  readonly sizes: readonly S[]
  /** Other sizes for single laws. */
  readonly sizesOf?: LayerSizes<S>
  /** For layers that depend on the sizes: a key that is equal for sizes with the same expression. */
  variant?(sizes: S): string | number
  /** The symmetry of the layer for inputs of the given sizes. */
  symmetry?(sizes: S): Symmetry
  /** The masks among the inputs. */
  readonly masks?: readonly MaskDescription[]
  readonly span?: SpanDescription<S>
  /** True if the layer is an affine map of its float inputs. */
  readonly affine?: boolean
  /** Whether all outputs may be 0 at the given sizes; false by default, because the zero map commutes with every group. */
  mayVanish?(sizes: S): boolean
  readonly tolerances?: Partial<Tolerances>
  /** The number of directions in the derivative check; 3 by default. */
  readonly directions?: number
  readonly seed?: number
}

/** A layer prepared for checks: its programs, built at first use, and values for them. */
export interface LayerUnderTest<S> {
  readonly description: LayerDescription<S>
  readonly tolerances: Tolerances
  readonly seed: number
  /** The values of `masked` to check: both if a mask is optional. */
  readonly maskings: readonly boolean[]
  program(sizes: S, masked?: boolean): Program
  /** Groups sizes that share a Program. */
  groupedByProgram(sizes: readonly S[]): readonly (readonly [S, ...S[]])[]
  /** Values of the inputs and parameters of `program(sizes, masked)`. */
  feeds(sizes: S, masked?: boolean): Values
}

/** The values that belong to inputs of a Program. */
export const feedsFor = ({ inputs }: Program, values: Values): Values =>
  Object.fromEntries(inputs.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])))

/** Prepares a layer for checks. One program is built for all sizes of a variant. */
export function layerUnderTest<S>(description: LayerDescription<S>): LayerUnderTest<S> {
  const { seed = 1 } = description
  const variant = (sizes: S): string | number => description.variant?.(sizes) ?? ''
  const programs = new Map<string, ReturnType<typeof parameterizedProgram>>()
  const at = (sizes: S, masked: boolean): ReturnType<typeof parameterizedProgram> => {
    const key = `${masked} ${variant(sizes)}`
    const found = programs.get(key) ?? parameterizedProgram(description.expression(sizes, masked))
    programs.set(key, found)
    return found
  }
  return {
    description,
    seed,
    tolerances: { float64: 1e-12, float32: 1e-5, derivative: 1e-7, affine: 1e-12, parity: 1e-5, ...description.tolerances },
    maskings: description.masks?.some(({ optional }) => optional) ? [true, false] : [true],
    program: (sizes, masked = true) => at(sizes, masked).program,
    groupedByProgram: (sizes) => {
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
