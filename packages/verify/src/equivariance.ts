import type { Action } from '@equivar/groups'
import { evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'

/** A permutation of points, as a group element acts on an axis: point i goes to images[i]. */
type Images = ArrayLike<number>

/** How a group acts on the axes of a value: by axis number, an action of the group on that axis's entries. */
export type AxisActions = Readonly<Record<number, Action>>

/** Settings of an equivariance check. */
export interface EquivarianceOptions {
  /** By input name; inputs that are left out are not moved. All actions are of one group. */
  readonly inputActions: Readonly<Record<string, AxisActions>>
  /** By output name; outputs that are left out must not change at all. */
  readonly outputActions?: Readonly<Record<string, AxisActions>>
  /** Values of the inputs; the axes that actions move have their degrees. */
  readonly feeds: Readonly<Record<string, TensorValue>>
  /** Products of generators to try beside the generators; 4 if left out. */
  readonly samples?: number
  readonly seed?: number
}

/** What an equivariance check found. */
export interface EquivarianceReport {
  /** Largest difference over the largest magnitude of the output. */
  readonly error: number
  /** Where it is. */
  readonly output: string
  readonly index: number
  /** The group element, as a product of generators. */
  readonly element: string
  readonly seed: number
}

/** Entry images[i] of the result is entry i. */
function moveAxis({ shape, data, ...rest }: TensorValue, axis: number, images: Images): TensorValue {
  const size = shape[axis] as number
  if (images.length !== size) {
    throw new RangeError(
      `equivarianceError: expected axis ${axis} of size ${images.length}, the action's degree, received shape [${shape.join(', ')}].`,
    )
  }
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const moved = data.slice()
  for (let at = 0; at < data.length; at++) {
    const i = Math.floor(at / inner) % size
    moved[at + ((images[i] as number) - i) * inner] = data[at] as never
  }
  return { ...rest, shape, data: moved }
}

/** Applies a word in the generators, the first letter first. */
function act(value: TensorValue, actions: AxisActions | undefined, word: readonly number[]): TensorValue {
  return Object.entries(actions ?? {}).reduce(
    (moved, [axis, { generators }]) =>
      word.reduce((v, g) => moveAxis(v, Number(axis), (generators[g] as { images: Images }).images), moved),
    value,
  )
}

/**
 * How far a Program is from commuting with a group: max over elements g of |f(g x) - g f(x)| / max |f|, in float64.
 *
 * Every generator is tried, then random products. Equivariance under the generators is equivariance under the group.
 *
 * @throws RangeError if no action is given, or an axis has not the degree of its action.
 */
export function equivarianceError(
  program: Program,
  { inputActions, outputActions = {}, feeds, samples = 4, seed = 1 }: EquivarianceOptions,
): EquivarianceReport {
  const first = Object.values(inputActions).flatMap((actions) => Object.values(actions))[0]
  if (first === undefined) throw new RangeError('equivarianceError: expected at least one action in inputActions, received none.')
  const count = first.generators.length
  const random = new Random({ seed, stream: 'verify' })
  const words = Array.from({ length: count }, (_, g) => [g])
  for (let k = 0; k < samples && count > 0; k++) words.push(Array.from({ length: 1 + random.integer(8) }, () => random.integer(count)))
  const plain = evaluate(program, feeds)
  let worst: EquivarianceReport = { error: 0, output: '', index: 0, element: 'identity', seed }
  for (const word of words) {
    const moved = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, act(value, inputActions[name], word)]))
    const results = evaluate(program, moved)
    for (const [name, value] of Object.entries(plain)) {
      const expected = act(value, outputActions[name], word).data as Float64Array
      const scale = expected.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-300)
      expected.forEach((v, index) => {
        const difference = Math.abs((results[name]?.data[index] as number) - v) / scale
        if (!(difference <= worst.error))
          worst = { error: Number.isNaN(difference) ? Infinity : difference, output: name, index, element: elementName(first, word), seed }
      })
    }
  }
  return worst
}

const elementName = ({ generators }: Action, word: readonly number[]): string =>
  word.map((g) => `generator ${String(generators[g])}`).join(' then ')

/**
 * Throws unless a Program commutes with a group.
 *
 * @throws Error naming the group element, the largest component, the tolerance and the seed.
 */
export function expectEquivariant(
  program: Program,
  { tolerance = 1e-10, ...options }: EquivarianceOptions & { readonly tolerance?: number },
): void {
  const { error, output, index, element, seed } = equivarianceError(program, options)
  if (error <= tolerance) return
  throw new Error(
    `expectEquivariant: expected f(g x) = g f(x) to ${tolerance}, received a relative difference of ${error} in component ${index} of "${output}" for g = ${element} (seed ${seed}).`,
  )
}
