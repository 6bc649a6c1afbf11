import type { Dimension } from './dimension.ts'
import { Node, type Tensor } from './tensor.ts'

/** All nodes that the tensors depend on, each after those it reads. Iterative, so that depth is no limit. */
export function topological(tensors: readonly Tensor[]): Node[] {
  const sorted: Node[] = []
  const done = new Set<Node>()
  const stack = [...tensors].reverse().map(({ node }) => ({ node, next: 0 }))
  const entered = new Set<Node>()
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as { node: Node; next: number }
    if (done.has(top.node)) {
      stack.pop()
      continue
    }
    entered.add(top.node)
    const child = top.node.inputs[top.next]
    if (child !== undefined) {
      top.next++
      if (!entered.has(child.node)) stack.push({ node: child.node, next: 0 })
      continue
    }
    stack.pop()
    done.add(top.node)
    sorted.push(top.node)
  }
  return sorted
}

/** The dimensions in a node's output shapes and attributes. */
export function dimensionsOf(node: Node): Dimension[] {
  const found: Dimension[] = node.outputs.flatMap(({ shape }) => [...shape])
  const isDimension = (value: unknown): value is Dimension => typeof value === 'object' && value !== null && 'terms' in value
  for (const value of Object.values(node.attributes)) {
    if (isDimension(value)) found.push(value)
    else if (Array.isArray(value)) found.push(...value.filter(isDimension))
  }
  return found
}

/** The tensors with other tensors in place of some they are made from; inlining a Program is the use. */
export function substitute(tensors: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const replaced = new Map<Tensor, Tensor>(replacements)
  const resolve = (x: Tensor): Tensor => replaced.get(x) ?? x
  for (const node of topological(tensors)) {
    if (node.inputs.every((x) => resolve(x) === x)) continue
    const made = new Node(node.operator, node.inputs.map(resolve), node.attributes)
    node.outputs.forEach((y, i) => {
      if (!replaced.has(y)) replaced.set(y, made.outputs[i] as Tensor)
    })
  }
  return tensors.map(resolve)
}
