import { randomFolds, randomSplit } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Example, type Examples, type Part, parts } from './example.ts'
import { type Halves, SHARES, type SplitChoice, type SplitExamples } from './split.ts'

/** A node whose target is known. */
interface KnownNode {
  readonly example: number
  readonly node: number
  /** A number for its class; 0 for numbers to predict. */
  readonly label: number
}

/** True if the nodes of these examples are split, and not the examples. */
export const splitsNodes = ({ kind, examples }: Examples): boolean =>
  kind === 'nodes' && (examples.length === 1 || examples.some(({ parts }) => parts !== undefined))

/** The nodes whose target is known. */
function knownNodes(examples: readonly Example[]): KnownNode[] {
  const numbers = new Map<string, number>()
  const numberOf = (label: string): number => {
    if (!numbers.has(label)) numbers.set(label, numbers.size)
    return numbers.get(label) as number
  }
  return examples.flatMap(({ target, x }, example) =>
    Array.from({ length: x.shape[0] as number }, (_, node) => node).flatMap((node): KnownNode[] => {
      if (target.kind === 'labels') {
        const label = target.labels[node]
        return label === undefined ? [] : [{ example, node, label: numberOf(label) }]
      }
      const isKnown = target.kind === 'ys' && !Number.isNaN(target.ys.data[node * (target.ys.shape[1] as number)])
      return isKnown ? [{ example, node, label: 0 }] : []
    }),
  )
}

/** The examples with the targets of some nodes; those of others are not known. */
function onlyNodes(examples: readonly Example[], nodes: readonly KnownNode[]): Example[] {
  const kept = examples.map(() => new Set<number>())
  for (const { example, node } of nodes) kept[example]?.add(node)
  return examples.map((example, i) => {
    const { target } = example
    const has = (node: number): boolean => kept[i]?.has(node) ?? false
    if (target.kind === 'labels')
      return { ...example, target: { kind: 'labels', labels: target.labels.map((label, node) => (has(node) ? label : undefined)) } }
    if (target.kind !== 'ys') return example
    const outputs = target.ys.shape[1] as number
    const data = target.ys.data.map((value, at) => (has(Math.floor(at / outputs)) ? value : Number.NaN))
    return { ...example, target: { kind: 'ys', ys: { ...target.ys, data } } }
  })
}

/** The nodes of each part: as the file says, else at random with equal shares of every class. */
function nodesByPart(examples: readonly Example[], { shares = SHARES, seed }: SplitChoice): Readonly<Record<Part, readonly KnownNode[]>> {
  const known = knownNodes(examples)
  const given = (part: Part): KnownNode[] => known.filter(({ example, node }) => examples[example]?.parts?.[node] === part)
  if (examples.some(({ parts: of }) => of !== undefined))
    return { train: given('train'), validation: given('validation'), test: given('test') }
  const indices = randomSplit(known.length, shares, { seed, labels: known.map(({ label }) => label) })
  const of = (i: number): KnownNode[] => Array.from(indices[i] as Uint32Array, (at) => known[at] as KnownNode)
  return { train: of(0), validation: of(1), test: of(2) }
}

/**
 * Splits the nodes of graphs. Every part has the whole graphs, with the targets of its own nodes.
 *
 * @returns `said`: how many nodes each part has, as a line.
 * @throws UsageError if a part has no node.
 */
export function splitNodes({ examples }: Examples, choice: SplitChoice): { readonly split: SplitExamples; readonly said: string } {
  const nodes = nodesByPart(examples, choice)
  const said = `nodes: ${parts.map((part) => `${part} ${nodes[part].length}`).join(', ')}`
  if (parts.some((part) => nodes[part].length === 0))
    throw new UsageError(
      `expected nodes with a target for every part of the split, received ${said}; give more labels or other shares by --split`,
    )
  const of = (part: Part): Example[] => onlyNodes(examples, nodes[part])
  return {
    split: { train: of('train'), validation: of('validation'), test: of('test') },
    said,
  }
}

/** Random folds of the nodes whose target is known, with equal shares of every class. @throws RangeError unless there are from 2 folds to one for each node. */
export function foldNodes({ examples }: Examples, count: number, seed: number): Halves[] {
  const known = knownNodes(examples)
  const of = (indices: Uint32Array): Example[] =>
    onlyNodes(
      examples,
      Array.from(indices, (at) => known[at] as KnownNode),
    )
  const folds = randomFolds(known.length, count, { seed, labels: known.map(({ label }) => label) })
  return folds.map(({ train, test }) => ({ train: of(train), test: of(test) }))
}
