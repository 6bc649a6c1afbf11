import type { Polynomial } from './dimension.ts'
import { Node, type Tensor } from './tensor.ts'

const none = (): readonly Node[] => []

/**
 * All nodes that the tensors depend on, each after those it reads. Iterative, so that depth is no limit.
 *
 * @param after - nodes that must come before a node beside those it reads.
 */
export function topological(tensors: readonly Tensor[], after: (node: Node) => readonly Node[] = none): Node[] {
  const sorted: Node[] = []
  const entered = new Set<Node>()
  /** The nodes on the way to what is looked at, and the number of the next one that each waits for. */
  const path: Node[] = []
  const next: number[] = []
  const enter = (node: Node): void => {
    if (entered.has(node)) return
    entered.add(node)
    path.push(node)
    next.push(0)
  }
  for (const { node: root } of tensors) {
    enter(root)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const at = next[path.length - 1] as number
      const child = node.inputs[at]?.node ?? after(node)[at - node.inputs.length]
      if (child === undefined) {
        sorted.push(node)
        path.pop()
        next.pop()
      } else {
        next[path.length - 1] = at + 1
        enter(child)
      }
    }
  }
  return sorted
}

const isSymbolic = (value: unknown): value is Polynomial => typeof value === 'object' && value !== null && 'terms' in value

/** The dimensions in a node's output shapes and attributes that hold symbols. */
export function symbolicDimensionsOf({ outputs, attributes }: Node): Polynomial[] {
  const found: Polynomial[] = []
  const look = (values: readonly unknown[]): void => {
    for (const value of values) if (isSymbolic(value)) found.push(value)
  }
  for (const { shape } of outputs) look(shape)
  for (const value of Object.values(attributes)) look(Array.isArray(value) ? value : [value])
  return found
}

/** The node with other inputs; itself if they are the same. */
export function withInputs(node: Node, inputs: readonly Tensor[]): Node {
  return inputs === node.inputs || inputs.every((x, i) => x === node.inputs[i]) ? node : new Node(node.operator, inputs, node.attributes)
}

/** The tensors with other tensors in place of some they are made from; inlining a Program is the use. */
export function substitute(tensors: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const replaced = new Map<Tensor, Tensor>(replacements)
  const resolve = (x: Tensor): Tensor => replaced.get(x) ?? x
  for (const node of topological(tensors)) {
    const made = withInputs(node, node.inputs.map(resolve))
    if (made === node) continue
    for (const [i, y] of node.outputs.entries()) if (!replaced.has(y)) replaced.set(y, made.outputs[i] as Tensor)
  }
  return tensors.map(resolve)
}
