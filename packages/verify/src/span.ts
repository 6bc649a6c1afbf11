import { type ActionLike, orbitLabels, sharingScheme } from '@equivar/groups'
import { evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'
import { generatorOf, permuteAxis } from './axes.ts'
import { type EquivarianceReport, equivarianceReport } from './equivariance.ts'
import { entrywise, type Orbits, orbitsOf, orbitwise } from './spaces.ts'
import type { GroupElement } from './symmetry.ts'
import type { Values } from './values.ts'

/** Settings of a comparison of a layer's maps with all equivariant maps. */
export interface SpanOptions {
  /** Names of the weights, float32, that the output is linear in. All other inputs but the layer's own are held at `feeds`. */
  readonly weights: readonly string[]
  /** The group on what flattens of the input behind its batch axis; orbits of it on pairs are the maps that there are. */
  readonly input: ActionLike
  /** The same group on what flattens of the output behind its batch axis, the last axis, of any number of channels, left out. */
  readonly output: ActionLike
  /** Name of the input; `x` if left out. Its shape is [batch, ...sizes], the sizes multiply to the degree of the action. */
  readonly x?: string
  /** Name of the output; `y` if left out. */
  readonly y?: string
  /** Values of further inputs. */
  readonly feeds?: Readonly<Record<string, TensorValue>>
}

/** How a layer's maps lie in the space of all equivariant maps. */
export interface SpanReport {
  /** Dimension of what the layer's weights span. */
  readonly dimension: number
  /** Dimension of all equivariant maps: orbits on output x input pairs. */
  readonly orbits: number
  /** Largest entry by which the projection of one space on the other differs from the identity, both ways, and by which f(g x) differs from g f(x). */
  readonly error: number
  /** The generator under which f(g x) and g f(x) differ most. */
  readonly commutes: EquivarianceReport
}

/**
 * Compares the linear maps that a layer's weights span with all maps that commute with a group, in float64.
 *
 * An equivariant map is known by its columns at one point of each orbit of the group on the input, so only these are computed: the
 * layer's for each weight alone, on one-hot inputs, and the orbit indicators' from the sharing scheme.
 *
 * That the other columns follow is checked with random weights under every generator.
 *
 * @remarks Cost: one evaluation for all weights of an output channel, then maps times entries of these columns.
 * @throws RangeError if the input or output has not the degree of its action for a single channel.
 */
export function compareSpan(program: Program, options: SpanOptions): SpanReport {
  const { weights, input, output, x = 'x' } = options
  const shapeOf = (name: string): number[] => (program.inputs.find((given) => given.name === name)?.tensor.shape ?? []) as number[]
  const sizes = shapeOf(x).slice(1)
  if (sizes.reduce((a, b) => a * b, 1) !== input.degree) {
    throw new RangeError(
      `compareSpan: expected input "${x}" of shape [batch, ...sizes], the sizes multiplied ${input.degree}, the action's degree, received sizes [${sizes.join(', ')}].`,
    )
  }
  const { labels, count } = orbitLabels(input)
  const points = Array.from({ length: count }, (_, orbit) => labels.indexOf(orbit))
  const random = new Random({ seed: 1, stream: 'span' })
  const draw = (shape: readonly number[]): TensorValue => ({
    dtype: 'float32',
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  })
  const drawWeights = (): Record<string, TensorValue> => Object.fromEntries(weights.map((name) => [name, draw(shapeOf(name))]))
  const entries = weights.reduce((n, name) => n + shapeOf(name).reduce((a, b) => a * b, 1), 0)
  const maps = drawnMaps(program, options, { points, sizes, entries, drawWeights })
  const orbits = columns(output, input, points)
  const { dimension, error } = orbitwise(maps, orbits) ?? entrywise(maps, orbits)
  const report = commutes(program, options, { ...options.feeds, ...drawWeights(), [x]: draw([1, ...sizes]) })
  return { dimension, orbits: orbits.count, error: Math.max(error, report.error), commutes: report }
}

/** What the layer does with random weights to one-hot inputs at some points: as many maps as it has weights, each the columns one after the other. */
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
  const degree = sizes.reduce((a, b) => a * b, 1)
  const hot = new Float64Array(points.length * degree)
  points.forEach((point, k) => {
    hot[k * degree + point] = 1
  })
  const ones: TensorValue = { dtype: 'float32', shape: [points.length, ...sizes], data: hot }
  const maps: Float64Array[] = []
  for (let channels = 1; maps.length * channels < entries; ) {
    const result = evaluate(program, { ...feeds, ...drawWeights(), [x]: ones })[y]?.data as Float64Array
    channels = result.length / points.length / output.degree
    if (!Number.isInteger(channels) || channels === 0) {
      throw new RangeError(
        `compareSpan: expected output "${y}" of ${output.degree} entries an example (the action's degree) and channel, received ${result.length / points.length}.`,
      )
    }
    for (let channel = 0; channel < channels; channel++)
      maps.push(Float64Array.from({ length: result.length / channels }, (_, at) => result[at * channels + channel] as number))
  }
  return maps
}

/** The orbits on pairs, in the columns of one point of each orbit: every orbit on pairs has entries there. */
function columns(output: ActionLike, input: ActionLike, points: readonly number[]): Orbits {
  const { labels, count } = sharingScheme(output, input)
  const found = new Int32Array(points.length * output.degree)
  points.forEach((point, k) => {
    for (let row = 0; row < output.degree; row++) found[k * output.degree + row] = labels[row * input.degree + point] as number
  })
  return orbitsOf(found, count)
}

/** |f(g x) - g f(x)| / max |f| for random weights and every generator g: with probability 1 it is 0 only if every map of the layer commutes. */
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

/** Permutes a value that is as many rows as a permutation has points. */
function permuteRows(values: Values, name: string, { images }: { readonly images: ArrayLike<number> }): Values {
  const value = values[name]
  if (value === undefined) return values
  const rows = { ...value, shape: [images.length, value.data.length / images.length] }
  return { ...values, [name]: { ...permuteAxis(rows, 0, images), shape: value.shape } }
}

/**
 * How far the maps that a layer's weights span are from all maps that commute with a group; infinite if there are fewer or more of them.
 *
 * @throws RangeError as `compareSpan`.
 */
export function spanError(program: Program, options: SpanOptions): number {
  const { dimension, orbits, error } = compareSpan(program, options)
  return dimension === orbits ? error : Infinity
}

/**
 * Throws unless a layer's weights span exactly the maps that commute with a group.
 *
 * @param options - `maps`: how many maps there must be, if that is known.
 * @throws Error naming both dimensions, the difference of the spaces, the generator for which it is largest, the tolerance and the seed.
 */
export function expectSpan(
  program: Program,
  { tolerance = 1e-10, maps, ...options }: SpanOptions & { readonly tolerance?: number; readonly maps?: number },
): void {
  const { dimension, orbits, error, commutes } = compareSpan(program, options)
  if (maps !== undefined && orbits !== maps) throw new Error(`expected ${maps} equivariant maps, received ${orbits} orbits on pairs.`)
  if (dimension === orbits && error <= tolerance) return
  const where = `f(g x) and g f(x) differ by ${commutes.error} in component ${commutes.index} of "${commutes.output}" for g = ${commutes.element}`
  throw new Error(
    `expected the ${orbits} equivariant maps, received ${dimension} independent ones, ${error} apart (tolerance ${tolerance}, seed 1); ${where}.`,
  )
}
