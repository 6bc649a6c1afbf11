import { NotationError, parseGroup } from '@equivar/groups'
import type { GroupWord } from './group-word.ts'
import { anySymmetric, permutationWord } from './permutation-word.ts'
import { rigidWord } from './rigid-word.ts'
import { cyclicShifts } from './shift-word.ts'

const WHERE = 'parseAction'
const PLACE = /\bon\s+(?:(entries)\b|ax[ie]s\b\s*(-?\d+(?:(?:\s*,\s*|\s+and\s+|\s+)-?\d+)*)?)/giu
const RIGID = /^(S?)([OE])\((\d{1,4})\)$/u
/** The largest dimension of rotations. */
const MOST_COORDINATES = 64

const EXAMPLE = 'An action is written like "S5 on axis 1" or "C4 on axes 2 3", several joined by x.'

/** A factor of an action: a group, and the axes that it acts on. */
export interface ActionFactor {
  readonly word: GroupWord
  /** The same group element acts wherever family and key are the same. */
  readonly key: string
  /** Negative numbers count from the last axis. None where it acts on the entries. */
  readonly axes: readonly number[]
  /** Whether it renames the points that integers name, as those of an edge list, in place of moving them along an axis. */
  readonly onEntries: boolean
}

/** The action of a group on the axes of a tensor, as parseAction reads it. */
export interface TensorAction {
  /** The action in words; parseAction reads it. */
  readonly name: string
  readonly factors: readonly ActionFactor[]
}

/** The group of a word. @throws NotationError at the position in the whole text. */
function groupWord(group: string, text: string, start: number): GroupWord {
  if (group === 'S') return anySymmetric
  if (/^shifts$/iu.test(group)) return cyclicShifts
  const [, special, letter, digits] = RIGID.exec(group) ?? []
  if (digits !== undefined) {
    const n = Number(digits)
    if (n < 1 || n > MOST_COORDINATES) throw new NotationError(WHERE, text, start, `from 1 to ${MOST_COORDINATES} coordinates`)
    return rigidWord({ n, proper: special === 'S', translates: letter === 'E' })
  }
  try {
    return permutationWord(group.replace(/\s+/gu, ' '), parseGroup(group), /^([CZ]|D)4$/u.test(group))
  } catch (error) {
    if (!(error instanceof NotationError)) throw error
    throw new NotationError(WHERE, text, start + error.position, `${error.expected}, or S, shifts, O(n), SO(n), E(n), SE(n)`, EXAMPLE)
  }
}

const placeOf = (axes: readonly number[]): string =>
  axes.length === 0 ? 'entries' : `${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(' ')}`

const nameOf = ({ text }: GroupWord, label: string | undefined, axes: readonly number[]): string =>
  `${text}${label === undefined ? '' : `[${label}]`} on ${placeOf(axes)}`

/**
 * Parses the action of a group on the axes of a tensor, from words.
 *
 * - `S6 on axis 1`: permutes the axis. Any group expression of parseGroup does, on an axis of the size of its degree; points count from 0.
 * - `S on axis 1`: all permutations of an axis of any size. `S on axes 1 2` permutes both axes by the same permutation, as of an adjacency matrix.
 * - `C4 on axes 2 3`, `D4 on axes 2 3`: turns by 90 degrees, and reflections, of a square plane. The generator turns it counterclockwise.
 * - `shifts on axes 2 3`: cyclic shifts of each axis.
 * - `O(3) on axis 2`, `SO(3) on axis 2`: rotations of the vectors along an axis (O: and reflections), on several axes of every index of a tensor.
 * - `E(3) on axes 1 2`, `SE(3) on axes 1 2`: rotations and translations of points (axis 1) with coordinates (axis 2).
 * - `S on entries`: renames the points that integers name, as `S on axis 0` of the points' features moves them: the action on a list of edges.
 * - `x` joins actions of different groups: `S on axis 1 x S on axis 2` permutes rows and columns independently.
 *
 * The same element of a group acts wherever actions name that group: its k-th mention in an action is the same group as its k-th mention in every other
 * action. A label says it otherwise: `C4[g] on axis 2 x C4[g] on axes 3 4` is one group that acts in two places. `O(n)` beside `E(n)` is its rotation.
 *
 * Axes count from 0, negative ones from the end. Law: parseAction(action.name) is the same action.
 *
 * @throws NotationError whose `position` is the first character that cannot be read.
 */
export function parseAction(text: string): TensorAction {
  const mentions = new Map<string, number>()
  const factors: ActionFactor[] = []
  const names: string[] = []
  let position = 0
  for (const place of text.matchAll(PLACE)) {
    const before = text.slice(position, place.index)
    const joined = factors.length === 0 ? '' : /^\s*[x×](?=\s)/u.exec(before)?.[0]
    if (joined === undefined) throw new NotationError(WHERE, text, position, 'x or the end of the text', EXAMPLE)
    const start = position + (/^\s*/u.exec(before.slice(joined.length))?.[0].length ?? 0) + joined.length
    const [, group = '', label] = /^(.*?)\s*(?:\[(\w+)\])?\s*$/su.exec(text.slice(start, place.index)) ?? []
    const word = groupWord(group, text, start)
    position = place.index + place[0].length
    const onEntries = place[1] !== undefined
    const axes = (place[2] ?? '').match(/-?\d+/gu)?.map(Number) ?? []
    if (onEntries && word.points === undefined)
      throw new NotationError(WHERE, text, start, `S, or a group of permutations, on entries`, EXAMPLE)
    if (!onEntries && axes.length === 0) throw new NotationError(WHERE, text, position, 'the number of an axis', EXAMPLE)
    if (!onEntries && word.sizes(axes.length) === undefined)
      throw new NotationError(WHERE, text, start, `${word.text} on fewer axes`, EXAMPLE)
    const mention = (mentions.get(word.family) ?? 0) + 1
    mentions.set(word.family, mention)
    factors.push({ word, key: label ?? `${mention}`, axes, onEntries })
    names.push(nameOf(word, label, axes))
  }
  const rest = /\S/u.exec(text.slice(position))
  if (factors.length === 0 || rest !== null) {
    const expected = factors.length === 0 ? 'a group and its axes' : 'x and another action, or the end of the text'
    throw new NotationError(WHERE, text, position + (rest?.index ?? 0), expected, EXAMPLE)
  }
  return { name: names.join(' x '), factors }
}
