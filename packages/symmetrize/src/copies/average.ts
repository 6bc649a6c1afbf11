import { Permutation, PermutationGroup, symmetric, type TensorGroup } from '@equivar/groups'
import { Random } from '@equivar/tensor'
import type { Element, ElementSource } from '../elements.ts'
import { allElements, randomElement } from '../elements.ts'
import type { Copies, Moving } from './copies.ts'

/** The sizes of the axes of one place where a group acts. @throws RangeError if one is not known. */
function sizesOf(text: string, moving: readonly Moving[]): number[] {
  const [first] = moving
  const place = first?.places.find(({ onEntries }) => !onEntries)
  if (first === undefined || place === undefined)
    throw new RangeError(`symmetrize: expected ${text} to act on an axis of an input, received none.`)
  return place.axes.map((axis) => {
    const size = first.x.shape[axis]
    if (typeof size === 'number') return size
    throw new RangeError(
      `symmetrize: expected a known size of axis ${axis} of "${first.name}" for the elements of ${text}, received ${size}. Fix the size in the file, or use another method.`,
    )
  })
}

/** The permutations of a group; undefined for one of motions. */
function permutationsOf(group: TensorGroup, sizes: () => readonly number[]): PermutationGroup | undefined {
  if (group.kind === 'permutations') return new PermutationGroup(group.degree, group.generators)
  return group.kind === 'symmetric' ? symmetric(sizes()[0] as number) : undefined
}

/** How many elements a group has; Infinity for motions, undefined if a size is not known on which that depends. */
export function elementCount(group: TensorGroup, moving: readonly Moving[]): number | undefined {
  if (group.kind === 'rigid') return Number.POSITIVE_INFINITY
  if (group.kind === 'permutations') return Number(new PermutationGroup(group.degree, group.generators).order())
  const place = moving.flatMap(({ x, places }) =>
    places.filter(({ onEntries }) => !onEntries).map(({ axes }) => axes.map((a) => x.shape[a])),
  )[0]
  const sizes = place?.flatMap((size) => (typeof size === 'number' ? [size] : []))
  if (place === undefined || sizes === undefined || sizes.length < place.length) return undefined
  if (group.kind === 'shifts') return sizes.reduce((a, b) => a * b, 1)
  return Array.from({ length: sizes[0] as number }, (_, i) => i + 1).reduce((a, b) => a * b, 1)
}

const copiesOf = (elements: readonly Element[]): Copies => ({
  count: elements.length,
  input: (k, x, place) => (elements[k] as Element).act(x, place),
  output: (k, y, place) => (elements[k] as Element).undo(y, place),
})

/** All elements of a finite group. @throws RangeError if a size is not known on which they depend. */
export function everyElement(text: string, group: TensorGroup, moving: readonly Moving[]): Copies {
  const sizes = (): number[] => sizesOf(text, moving)
  const permutations = permutationsOf(group, sizes)
  return copiesOf([...allElements(group, group.kind === 'shifts' ? sizes() : [], permutations?.elements() ?? [])])
}

/** Independent uniform elements of a group, fixed by a seed. @throws RangeError if a size is not known on which they depend. */
export function randomElements(
  text: string,
  group: TensorGroup,
  moving: readonly Moving[],
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Copies {
  const random = new Random({ seed, stream: `symmetrize ${text}` })
  const sizes = (): number[] => sizesOf(text, moving)
  const permutations = permutationsOf(group, sizes)
  const source: ElementSource = {
    integer: (n) => random.integer(n),
    normal: () => random.normal(),
    permutation: () => permutations?.random(() => random.uniform()) ?? Permutation.identity(0),
  }
  const fixed = group.kind === 'shifts' ? sizes() : []
  return copiesOf(Array.from({ length: samples }, () => randomElement(group, fixed, source)))
}
