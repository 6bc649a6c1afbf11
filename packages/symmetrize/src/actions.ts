import type { TensorGroup } from '@equivar/groups'

/** A factor of an action: a group, and the axes of a tensor that it acts on. */
export interface FactorInWords {
  readonly word: {
    /** The group's name: `C4`. */
    readonly text: string
    /** Groups of one family share their elements: `E(3)` and its rotations `O(3)`. */
    readonly family: string
    readonly group: TensorGroup
  }
  /** The same element acts wherever family and key are the same. */
  readonly key: string
  /** Negative numbers count from the last axis. */
  readonly axes: readonly number[]
  /** Whether it renames the points that integers name, in place of moving them along an axis. */
  readonly onEntries: boolean
}

/** The action of a group on a tensor, as `parseAction` of `@equivar/verify` reads it from words: `C4 on axes 2 3`. */
export interface ActionInWords {
  readonly name: string
  readonly factors: readonly FactorInWords[]
}

/** The actions of one group on inputs and outputs, by name. Other inputs do not move; other outputs become invariant. */
export interface Actions {
  readonly inputs: Readonly<Record<string, ActionInWords>>
  readonly outputs?: Readonly<Record<string, ActionInWords>>
}

/** Where a group acts on a tensor. */
export interface Place {
  readonly axes: readonly number[]
  readonly onEntries: boolean
  /** Whether translations act here, and not on the rotations' vectors only. */
  readonly translates: boolean
}

/** The places of a tensor on which a group acts, by the tensor's name. */
export type Places = ReadonlyMap<string, readonly Place[]>

/** One factor of the whole group, with all the places where it acts. */
export interface GroupAction {
  readonly text: string
  readonly group: TensorGroup
  readonly inputs: Places
  readonly outputs: Places
}

const keyOf = ({ word, key }: FactorInWords): string => `${word.family} ${key}`

const translates = (group: TensorGroup): boolean => group.kind === 'rigid' && group.translates

function placesOf(key: string, actions: Readonly<Record<string, ActionInWords>>): Places {
  const places = Object.entries(actions).map(([name, { factors }]): [string, Place[]] => [
    name,
    factors
      .filter((factor) => keyOf(factor) === key)
      .map(({ axes, onEntries, word }) => ({
        // A group of motions names the axis of the points too, on which nothing depends.
        axes: translates(word.group) ? axes.slice(-1) : axes,
        onEntries,
        translates: translates(word.group),
      })),
  ])
  return new Map(places.filter(([, found]) => found.length > 0))
}

/**
 * The factors of a group, each with the places where it acts.
 *
 * @throws RangeError if a factor acts on outputs only, or two groups of permutations act on one axis.
 */
export function groupActions({ inputs, outputs = {} }: Actions): GroupAction[] {
  const words = new Map<string, FactorInWords['word']>()
  for (const { factors } of Object.values(inputs))
    for (const factor of factors) {
      const known = words.get(keyOf(factor))
      if (known === undefined || translates(factor.word.group)) words.set(keyOf(factor), factor.word)
    }
  for (const [name, { factors }] of Object.entries(outputs))
    for (const factor of factors)
      if (!words.has(keyOf(factor)))
        throw new RangeError(
          `symmetrize: expected "${name}" to move with groups that act on an input, received ${factor.word.text} (${factor.key}).`,
        )
  const groups = [...words].map(([key, { text, group }]) => ({
    text,
    group,
    inputs: placesOf(key, inputs),
    outputs: placesOf(key, outputs),
  }))
  demandCommuting(groups)
  if (groups.length === 0) throw new RangeError('symmetrize: expected an action on an input, received none.')
  return groups
}

/** The axes that a group permutes one by one: not those of a plane that it turns. */
const permutedAxes = ({ group }: GroupAction, places: readonly Place[]): number[] => {
  if (group.kind !== 'symmetric' && group.kind !== 'permutations') return []
  return places.flatMap(({ axes }) => (group.kind === 'permutations' && group.square && axes.length === 2 ? [] : axes))
}

/** @throws RangeError if two factors permute one axis: all their products would not be a group of commuting factors. */
function demandCommuting(groups: readonly GroupAction[]): void {
  const owners = new Map<string, string>()
  for (const each of groups)
    for (const [name, places] of each.inputs)
      for (const axis of permutedAxes(each, places)) {
        const owner = owners.get(`${name} ${axis}`)
        if (owner !== undefined && owner !== each.text)
          throw new RangeError(
            `symmetrize: expected one group of permutations on axis ${axis} of "${name}", received ${owner} and ${each.text}. Name the group that both generate.`,
          )
        owners.set(`${name} ${axis}`, each.text)
      }
}
