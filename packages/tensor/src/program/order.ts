import { symbolsOf } from '../expression/dimension.ts'
import { Node, type Tensor } from '../expression/tensor.ts'
import { symbolicDimensionsOf, topological } from '../expression/traverse.ts'

/** Sizes that only a run tells, by name, each with a node that tells it. */
export type Tellers = ReadonlyMap<string, Node>

/** The sizes that the body of a loop needs from outside. */
const openSizesOf = (value: unknown): [string, Node][] =>
  typeof value === 'object' && value !== null && 'openSizes' in value ? [...(value.openSizes as Tellers)] : []

/** The sizes that a node's shapes, settings and bodies of loops need, and that only a run tells. */
function neededBy(node: Node): [string, Node][] {
  const bodies = node.has('control') ? Object.values(node.attributes).flatMap(openSizesOf) : []
  const own = symbolicDimensionsOf(node).flatMap(({ told }) => told)
  return [...own.flatMap(({ key, teller }): [string, Node][] => (teller instanceof Node ? [[key, teller]] : [])), ...bodies]
}

/** The names of all sizes that a node needs, whoever tells them. */
const namesIn = (node: Node): string[] => [
  ...symbolicDimensionsOf(node).flatMap((d) => [...symbolsOf(d)]),
  ...neededBy(node).map(([name]) => name),
]

/** The names of the sizes that a node itself tells: its settings hold them as text. */
export function toldBy(node: Node): string[] {
  if (!node.operator.traits.includes('telling')) return []
  const settings: readonly unknown[] = Object.values(node.attributes).flat()
  return settings.filter((value) => typeof value === 'string')
}

const isLeaf = (node: Node): boolean => node.operator.name === 'Input'

/** Whether it can be computed from those inputs. */
const isComputable = (node: Node, inputs: ReadonlySet<Tensor>): boolean =>
  topological(node.outputs).every((each) => !isLeaf(each) || inputs.has(each.output))

/** What a graph consists of. */
export interface Order {
  /** The nodes, leaves included, each after those it reads and after those that tell a size that it needs. */
  readonly nodes: readonly Node[]
  /** Sizes that are told outside of the graph: the body of a loop may need such. */
  readonly openSizes: Tellers
}

/**
 * The nodes that tensors depend on, in an order in which they can be computed.
 *
 * A size that only a run tells is looked up by its name: a pass may have made another node of the one that told it.
 */
export function computationOrder(tensors: readonly Tensor[], inputs: ReadonlySet<Tensor>): Order {
  const plain = topological(tensors)
  if (plain.every((node) => toldBy(node).length === 0 && neededBy(node).length === 0)) return { nodes: plain, openSizes: new Map() }
  const telling = new Map<string, Node>()
  const openSizes = new Map<string, Node>()
  const roots = [...tensors]
  for (let nodes: readonly Node[] = plain; ; nodes = topological(roots)) {
    for (const node of nodes) for (const name of toldBy(node)) if (!telling.has(name)) telling.set(name, node)
    const missing = nodes.flatMap(neededBy).filter(([name]) => !telling.has(name) && !openSizes.has(name))
    if (missing.length === 0) break
    for (const [name, teller] of missing) {
      if (isComputable(teller, inputs)) roots.push(...teller.outputs)
      else openSizes.set(name, teller)
    }
  }
  const after = (node: Node): Node[] =>
    namesIn(node).flatMap((name) => {
      const teller = telling.get(name)
      return teller === undefined || teller === node ? [] : [teller]
    })
  return { nodes: topological(roots, after), openSizes }
}
