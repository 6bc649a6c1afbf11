import { type ActionLike, orbitLabels, sharingScheme } from '@equivar/groups'
import { evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'
import { generatorOf, permuteAxis } from './axes.ts'
import { type EquivarianceReport, equivarianceReport } from './equivariance.ts'
import { entrywise, type Orbits, orbitsOf, orbitwise } from './spaces.ts'
import type { GroupElement } from './symmetry.ts'
import { numbersOf, sizeOf, type Values } from './values.ts'

/** Options of spanError and expectSpan. */
export interface SpanOptions {
  /** The names of the float32 weights in which the output is linear. All other inputs except x have the values in `feeds`. */
  readonly weights: readonly string[]
  /** The action of the group on the entries of the input without its batch axis, row-major. */
  readonly input: ActionLike
  /** The action of the same group on the entries of the output without its batch axis and without the last axis, the channels. */
  readonly output: ActionLike
  /** The name of the input; `x` by default. Its shape is [batch, ...sizes], where the sizes multiply to the degree of the action. */
  readonly x?: string
  /** The name of the output; `y` by default. */
  readonly y?: string
  /** Values of all other inputs. */
  readonly feeds?: Readonly<Record<string, TensorValue>>
}

/** The comparison of the maps of a layer with all equivariant maps. */
export interface SpanReport {
  /** The dimension of the space that the weights of the layer span. */
  readonly dimension: number
  /** The dimension of the space of all equivariant maps: the number of orbits on output x input pairs. */
  readonly orbits: number
  /** The larger of two numbers: the largest entry in the residual of one space projected on the other (both ways), and the equivariance error. */
  readonly error: number
  /** The equivariance report for the generator with the largest error. */
  readonly commutes: EquivarianceReport
}

/**
 * Compares the linear maps that the weights of a layer span with all maps that commute with a group, in float64.
 *
 * An equivariant map is determined by its columns at one point of each orbit of the group on the input, so only these columns are compared: those of the layer
 * with random weights, computed from one-hot inputs, and those of the orbit indicators from the sharing scheme.
 *
 * A separate check of equivariance, with random weights under every generator, covers the other columns.
 *
 * @throws RangeError if a name is unknown, or the size of the input, or of one channel of the output, differs from the degree of its action.
 * @remarks Cost: one evaluation per (number of weights / number of output channels), then maps x entries of these columns.
 */
export function compareSpan(program: Program, options: SpanOptions): SpanReport {
  const { weights, input, output, x = 'x', y = 'y' } = options
  named('output', program.outputs, y)
  const shapeOf = (name: string): number[] => named('input', program.inputs, name).tensor.shape.map(Number)
  const sizes = shapeOf(x).slice(1)
  if (sizeOf(sizes) !== input.degree) {
    throw new RangeError(
      `spanError: expected input "${x}" of shape [batch, ...sizes] with sizes that multiply to ${input.degree}, the degree of the action, received sizes [${sizes.join(', ')}].`,
    )
  }
  const { labels, count } = orbitLabels(input)
  const points = Array.from({ length: count }, (_, orbit) => labels.indexOf(orbit))
  const random = new Random({ seed: 1, stream: 'span' })
  const draw = (shape: readonly number[]): TensorValue => ({
    dtype: 'float32',
    shape,
    data: Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
  })
  const drawWeights = (): Record<string, TensorValue> => Object.fromEntries(weights.map((name) => [name, draw(shapeOf(name))]))
  const entries = weights.reduce((n, name) => n + sizeOf(shapeOf(name)), 0)
  const maps = drawnMaps(program, options, { points, sizes, entries, drawWeights })
  const orbits = columns(output, input, points)
  const { dimension, error } = orbitwise(maps, orbits) ?? entrywise(maps, orbits)
  const report = commutes(program, options, { ...options.feeds, ...drawWeights(), [x]: draw([1, ...sizes]) })
  return { dimension, orbits: orbits.count, error: Math.max(error, report.error), commutes: report }
}

/** The input or output of a name. @throws RangeError if there is none. */
function named<T extends { readonly name: string }>(kind: string, all: readonly T[], name: string): T {
  const found = all.find((each) => each.name === name)
  if (found === undefined) {
    const names = all.map((each) => each.name).join(', ')
    throw new RangeError(`spanError: expected the name of an ${kind} (${names}), received "${name}".`)
  }
  return found
}

/** The columns of the layer at some points, for random weights: as many maps as the layer has weights, each with its columns concatenated. */
function drawnMaps(
  program: Program,
  { output, x = 'x', y = 'y', feeds = {} }: SpanOptions,
  given: {
    readonly points: readonly number[]
    readonly sizes: readonly number[]
    readonly entries: number
    readonly drawWeights: () => Record<string, TensorValue>
  },
): Float64Array[] {
  const { points, sizes, entries, drawWeights } = given
  const degree = sizeOf(sizes)
  const hot = new Float64Array(points.length * degree)
  points.forEach((point, k) => {
    hot[k * degree + point] = 1
  })
  const ones: TensorValue = { dtype: 'float32', shape: [points.length, ...sizes], data: hot }
  const maps: Float64Array[] = []
  // Stryker disable next-line ArithmeticOperator: more maps than weights only take longer.
  for (let channels = 1; maps.length * channels < entries; ) {
    const result = numbersOf(evaluate(program, { ...feeds, ...drawWeights(), [x]: ones })[y])
    channels = result.length / points.length / output.degree
    if (!Number.isInteger(channels) || channels === 0) {
      throw new RangeError(
        `spanError: expected output "${y}" with ${output.degree} entries (the degree of the action) per example and channel, received ${result.length / points.length} entries per example.`,
      )
    }
    for (let channel = 0; channel < channels; channel++)
      maps.push(Float64Array.from({ length: result.length / channels }, (_, at) => result[at * channels + channel] as number))
  }
  return maps
}

/** The orbits on pairs, restricted to the columns of one point of each orbit. Every orbit on pairs has entries there. */
function columns(output: ActionLike, input: ActionLike, points: readonly number[]): Orbits {
  const { labels, count } = sharingScheme(output, input)
  const found = new Int32Array(points.length * output.degree)
  points.forEach((point, k) => {
    for (let row = 0; row < output.degree; row++) found[k * output.degree + row] = labels[row * input.degree + point] as number
  })
  return orbitsOf(found, count)
}

/** The equivariance error for random weights under every generator. With probability 1 it is 0 only if all maps of the layer are equivariant. */
function commutes(program: Program, { input, output, x = 'x', y = 'y' }: SpanOptions, feeds: Values): EquivarianceReport {
  const elements = input.generators.map(
    (generator, g): GroupElement => ({
      name: `generator ${generator}`,
      input: (values) => permuteRows(values, x, generator),
      output: (values) => permuteRows(values, y, generatorOf(output, g)),
    }),
  )
  return equivarianceReport(program, elements, feeds)
}

/** Permutes the rows of a value, of which there are as many as the permutation has points. */
function permuteRows(values: Values, name: string, { images }: { readonly images: ArrayLike<number> }): Values {
  const value = values[name]
  if (value === undefined) return values
  const rows = { ...value, shape: [images.length, value.data.length / images.length] }
  return { ...values, [name]: { ...permuteAxis(rows, 0, images), shape: value.shape } }
}

/**
 * The distance between the space of maps that the weights of a layer span and the space of all maps that commute with a group; infinite if their dimensions
 * differ.
 *
 * @throws RangeError if a name is unknown, or the size of the input, or of one channel of the output, differs from the degree of its action.
 */
export function spanError(program: Program, options: SpanOptions): number {
  const { dimension, orbits, error } = compareSpan(program, options)
  return dimension === orbits ? error : Infinity
}

/**
 * Throws unless the weights of a layer span exactly the maps that commute with a group.
 *
 * @param options - `maps`: the expected dimension of the space of equivariant maps, if it is known.
 * @throws Error that names both dimensions, the distance of the spaces, the generator with the largest equivariance error, the tolerance and the seed.
 */
export function expectSpan(
  program: Program,
  { tolerance = 1e-10, maps, ...options }: SpanOptions & { readonly tolerance?: number; readonly maps?: number },
): void {
  const { dimension, orbits, error, commutes } = compareSpan(program, options)
  if (maps !== undefined && orbits !== maps)
    throw new Error(`expected ${maps} independent equivariant maps, received ${orbits} orbits on pairs.`)
  if (dimension === orbits && error <= tolerance) return
  const where = `f(g x) and g f(x) differ by ${commutes.error} in component ${commutes.index} of "${commutes.output}" for g = ${commutes.element}`
  throw new Error(
    `expected weights that span all ${orbits} independent equivariant maps, received ${dimension} independent maps at a distance of ${error} (tolerance ${tolerance}, seed 1); ${where}.`,
  )
}
