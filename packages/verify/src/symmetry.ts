import type { Random } from '@equivar/tensor'
import { type AxisActions, actOnAxes, generatorOf } from './axes.ts'
import type { Values } from './values.ts'

/** A group element, as it acts on what goes into a model and on what comes out. Names that it does not know stay as they are. */
export interface GroupElement {
  /** For messages. */
  readonly name: string
  input(inputs: Values): Values
  output(outputs: Values): Values
}

/** A group that a model commutes with. */
export interface Symmetry {
  /** For messages: `permutations of the elements`. */
  readonly name: string
  /**
   * Elements to try.
   *
   * @param inputs - what they will act on, for the sizes.
   */
  elements(inputs: Values, random: Random): readonly GroupElement[]
}

/** A group of permutations of axes: what each of its generators does, by name of an input or output. All actions are of one group. */
export interface AxisGroup {
  readonly inputs: Readonly<Record<string, AxisActions>>
  readonly outputs?: Readonly<Record<string, AxisActions>>
}

/** One generator of one of several groups. */
interface Letter {
  readonly group: AxisGroup
  readonly generator: number
  readonly name: string
}

function lettersOf(group: AxisGroup): Letter[] {
  const first = Object.values(group.inputs).flatMap((actions) => Object.values(actions))[0]
  if (first === undefined) throw new RangeError('axisSymmetry: expected at least one action on an input, received none.')
  return first.generators.map((_, generator) => ({ group, generator, name: `generator ${generatorOf(first, generator)}` }))
}

/** A product of generators, the first one first. */
const wordElement = (word: readonly Letter[]): GroupElement => ({
  name: word.map(({ name }) => name).join(' then '),
  input: (inputs) => word.reduce((moved, { group, generator }) => actOnAxes(moved, group.inputs, generator), inputs),
  output: (outputs) => word.reduce((moved, { group, generator }) => actOnAxes(moved, group.outputs ?? {}, generator), outputs),
})

/**
 * The symmetry under a group that permutes axes, or under several such groups that commute.
 *
 * Its elements are all generators, then random products of them. What commutes with the generators commutes with the group.
 *
 * @param options - `samples`: how many random products; 4 if left out.
 * @throws RangeError if a group acts on no input.
 */
export function axisSymmetry(groups: AxisGroup | readonly AxisGroup[], { samples = 4 }: { readonly samples?: number } = {}): Symmetry {
  const letters = [groups].flat().flatMap(lettersOf)
  return {
    name: 'permutations of axes',
    elements: (_, random) => {
      const words = letters.map((letter) => [letter])
      for (let k = 0; k < samples && letters.length > 0; k++)
        words.push(Array.from({ length: 1 + random.integer(8) }, () => letters[random.integer(letters.length)] as Letter))
      return words.map(wordElement)
    },
  }
}
