import type { Random } from '@equivar/tensor'
import { type AxisActions, actOnAxes, generatorOf } from './axes.ts'
import type { Values } from './values.ts'

/** A group element with its actions on the inputs and outputs of a model. It does not change values with unknown names. */
export interface GroupElement {
  /** The name in messages. */
  readonly name: string
  input(inputs: Values): Values
  output(outputs: Values): Values
}

/** A group that a model commutes with. */
export interface Symmetry {
  /** The name in messages, such as `permutations of the elements`. */
  readonly name: string
  /**
   * The elements to test.
   *
   * @param inputs - the values that the elements will act on, from which sizes can be read.
   */
  elements(inputs: Values, random: Random): readonly GroupElement[]
}

/** A group that permutes axes: its actions, by name of an input or output. All actions belong to one group. */
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

/** A product of generators; the first one acts first. */
const wordElement = (word: readonly Letter[]): GroupElement => ({
  name: word.map(({ name }) => name).join(' then '),
  input: (inputs) => word.reduce((moved, { group, generator }) => actOnAxes(moved, group.inputs, generator), inputs),
  output: (outputs) => word.reduce((moved, { group, generator }) => actOnAxes(moved, group.outputs ?? {}, generator), outputs),
})

/**
 * The symmetry under a group that permutes axes, or under several such groups that commute with each other.
 *
 * Its elements are all generators and some random products. A map that commutes with the generators commutes with the group.
 *
 * @param options - `samples`: the number of random products; 4 by default.
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
