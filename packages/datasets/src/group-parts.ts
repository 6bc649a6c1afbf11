import { Random } from '@equivar/tensor'
import type { SplitOptions } from './split-options.ts'

/** The examples of each group, the largest group first; groups of one size in random order. */
function groupsInOrder(groups: ArrayLike<number | string>, seed: number | bigint): number[][] {
  const members = new Map<number | string, number[]>()
  for (let example = 0; example < groups.length; example++) {
    const group = members.get(groups[example]!) ?? []
    group.push(example)
    members.set(groups[example]!, group)
  }
  const all = [...members.values()]
  const shuffled = Array.from(new Random({ seed, stream: 'split' }).permutation(all.length), (i) => all[i]!)
  return shuffled.sort((a, b) => b.length - a.length)
}

/**
 * The part of each example, where the examples of a group stay together: each group goes where the squared distances from the shares grow least, of all examples
 * together and of each class.
 *
 * @throws RangeError if the numbers of labels or groups and examples differ.
 */
export function groupParts(
  where: string,
  length: number,
  shares: readonly number[],
  { seed, labels, groups = [] }: SplitOptions,
): Uint32Array {
  if (groups.length !== length) throw new RangeError(`${where}: expected ${length} groups, received ${groups.length}.`)
  if (labels !== undefined && labels.length !== length)
    throw new RangeError(`${where}: expected ${length} labels, received ${labels.length}.`)
  const kinds = [...new Set(Array.from(labels ?? []))]
  // The first column counts all examples, the others those of each class.
  const counted = (examples: readonly number[]): number[] => [
    examples.length,
    ...kinds.map((kind) => examples.filter((example) => labels?.[example] === kind).length),
  ]
  const totals = counted(Array.from({ length }, (_, example) => example))
  const missing = shares.map((share) => totals.map((total) => share * total))
  const part = new Uint32Array(length)
  for (const examples of groupsInOrder(groups, seed)) {
    const counts = counted(examples)
    const growth = missing.map((lacks, p) =>
      shares[p] === 0
        ? Number.POSITIVE_INFINITY
        : lacks.reduce((sum, lack, c) => sum + (counts[c]! * (counts[c]! - 2 * lack)) / totals[c]!, 0),
    )
    const chosen = growth.indexOf(Math.min(...growth))
    for (const example of examples) part[example] = chosen
    missing[chosen] = missing[chosen]!.map((lack, c) => lack - counts[c]!)
  }
  return part
}
