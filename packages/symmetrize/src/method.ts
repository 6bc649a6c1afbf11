import { PermutationGroup } from '@equivar/groups'
import type { GroupAction } from './actions.ts'
import { elementCount, everyElement, randomElements } from './copies/average.ts'
import type { Copies, Moving } from './copies/copies.ts'
import { canonicalFrame, principalFrames } from './frames/principal.ts'
import { sortedFrame } from './frames/sorted.ts'

/**
 * How a model is symmetrized.
 *
 * - `average`: the mean over all elements of a finite group (Reynolds).
 * - `frames`: the mean over the few elements that a frame of the input singles out: sorted rows, principal axes.
 * - `canonical`: one element that the input singles out, so one run.
 * - `sample`: the mean over random elements, fixed by a seed: an approximation.
 */
export type Method = 'average' | 'frames' | 'canonical' | 'sample'

/** Settings of the methods. */
export interface MethodOptions {
  /** The method for all factors of the group that have it; what suits each factor if left out. */
  readonly method?: Method
  /** The largest number of elements that are averaged over; default 1000. */
  readonly mostElements?: number
  /** The number of random elements of `sample`; default 32. */
  readonly samples?: number
  /** Default 0. */
  readonly seed?: number
}

/** What is done for one factor of a group. */
export interface Step {
  /** The group: `C4`. */
  readonly text: string
  readonly method: Method
  /** How often the model runs for this factor. */
  readonly runs: number
  /** Whether the result has the symmetry up to rounding, wherever the frame is defined. */
  readonly isExact: boolean
}

const MOST_ELEMENTS = 1000
const SAMPLES = 32
/** So many coordinates have 1,024 signs. */
const MOST_COORDINATES = 10

/** Whether it is the group of all permutations, of one axis. */
function isSymmetric({ group }: GroupAction): boolean {
  if (group.kind === 'symmetric') return true
  if (group.kind !== 'permutations' || group.square) return false
  let order = 1n
  for (let k = 2n; k <= BigInt(group.degree); k++) order *= k
  return new PermutationGroup(group.degree, group.generators).order() === order
}

const hasFrames = (action: GroupAction): boolean => action.group.kind === 'rigid' || isSymmetric(action)

const sortsOneAxis = ({ inputs, outputs }: GroupAction): boolean =>
  [...inputs.values(), ...outputs.values()].flat().every(({ axes, onEntries }) => axes.length === 1 && !onEntries)

/** What to do about a group that is too large to average over. */
function refuseAverage({ text }: GroupAction, count: number | undefined, most: number, hint: string): never {
  const size = count === undefined ? 'a number that depends on a size that is open' : count === Infinity ? 'infinitely many' : `${count}`
  throw new RangeError(`symmetrize: expected at most ${most} elements of ${text} to average over, received ${size}. ${hint}`)
}

/** The method of a factor that nobody chose: frames where an input has them, else the average. */
function chosenMethod(action: GroupAction, count: number | undefined, most: number): Method {
  if (action.group.kind === 'rigid') return 'frames'
  const isSmall = count !== undefined && count <= most
  if (isSymmetric(action) && sortsOneAxis(action)) return 'frames'
  if (isSmall) return 'average'
  return refuseAverage(
    action,
    count,
    most,
    hasFrames(action)
      ? 'It acts on two axes at once, or on entries, which cannot be sorted: use method "sample", or more elements.'
      : 'Use method "sample", which states its error, or allow more elements.',
  )
}

/** The elements that a factor is averaged over, and what that is. */
export interface Planned extends Step {
  readonly copies: Copies
}

/**
 * Plans what is done for one factor.
 *
 * @throws RangeError if the group has no such method, or too many elements.
 */
export function plan(action: GroupAction, moving: readonly Moving[], options: MethodOptions): Planned {
  const { mostElements: most = MOST_ELEMENTS, samples = SAMPLES, seed = 0 } = options
  const { text, group } = action
  const count = elementCount(group, moving)
  const method = options.method ?? chosenMethod(action, count, most)
  const planned = (used: Method, copies: Copies): Planned => ({
    text,
    method: used,
    runs: copies.count,
    isExact: used !== 'sample',
    copies,
  })
  if (method === 'sample') return planned(method, randomElements(text, group, moving, { samples, seed }))
  if (method === 'average') {
    if (count === undefined || count > most)
      refuseAverage(
        action,
        count,
        most,
        hasFrames(action) ? 'Use method "frames" or "sample".' : 'Use method "sample", or allow more elements.',
      )
    return planned(method, everyElement(text, group, moving))
  }
  if (group.kind === 'rigid') {
    if (group.n > MOST_COORDINATES)
      throw new RangeError(
        `symmetrize: expected at most ${MOST_COORDINATES} coordinates for frames of ${text}, received ${group.n}. Use method "sample".`,
      )
    return planned(method, method === 'canonical' ? canonicalFrame(moving, group) : principalFrames(moving, group))
  }
  if (isSymmetric(action)) return planned(method, sortedFrame(text, moving))
  throw new RangeError(
    `symmetrize: expected a group with frames for method "${method}" (all permutations of an axis, O(n), SO(n), E(n), SE(n)), received ${text}. Use method "average" or "sample".`,
  )
}

/** The order in which factors are applied, the outermost first: frames of motions do not depend on the order of points, sorted rows depend on all. */
export function outermostFirst(groups: readonly GroupAction[]): GroupAction[] {
  const depth = (action: GroupAction): number => (action.group.kind === 'rigid' ? 0 : isSymmetric(action) ? 2 : 1)
  return [...groups].sort((a, b) => depth(a) - depth(b))
}
