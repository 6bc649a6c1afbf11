import { symbolsOf } from '../expression/dimension.ts'
import { type Input, input, Node, type Tensor } from '../expression/tensor.ts'
import { substitute, symbolicDimensionsOf } from '../expression/traverse.ts'
import { pieceSymbol } from '../operators/control.ts'
import { isNode, type NodeOf } from '../operators/signatures.ts'
import { type Program, program } from '../program/program.ts'
import type { Pass } from './pass.ts'
import { graphPass, rewriteTensors } from './rewrite.ts'

/** What a loop's body computes anew in each iteration though it is the same in all. */
interface Invariants {
  /** What is computed before the loop. */
  readonly moved: readonly Tensor[]
  /** Inputs of the body that every iteration reads, as before. */
  readonly captured: readonly Input[]
}

/** Tensors of a body that depend on nothing but what every iteration reads. */
function invariantsOf({ attributes }: NodeOf<'Loop'>): Invariants {
  const { body, states, divided } = attributes
  const piece = pieceSymbol(attributes)
  const captured = body.inputs.slice(1 + states + divided).map(({ tensor }) => tensor)
  const same = new Set<Tensor>(captured)
  /** What is made of constants alone stays: it costs next to nothing. */
  const isSame = (node: Node): boolean =>
    node.inputs.some((x) => same.has(x)) && node.inputs.every((x) => same.has(x) || isNode(x.node, 'Constant')) && !sizedByPiece(node)
  const sizedByPiece = (node: Node): boolean => piece !== undefined && symbolicDimensionsOf(node).some((d) => symbolsOf(d).has(piece))
  const changing = body.nodes.filter((node) => {
    if (!isSame(node)) return true
    for (const y of node.outputs) same.add(y)
    return false
  })
  const read = new Set([...changing.flatMap(({ inputs }) => inputs), ...body.outputs.map(({ tensor }) => tensor)])
  return {
    moved: [...read].filter((x) => same.has(x) && !captured.includes(x as Input)),
    captured: captured.filter((x) => read.has(x)),
  }
}

/** The loop with those tensors computed before it. */
function withoutInvariants(loop: NodeOf<'Loop'>, { moved, captured }: Invariants): readonly Tensor[] {
  const { attributes, inputs } = loop
  const { body, states, divided } = attributes
  const own = body.inputs.slice(0, 1 + states + divided)
  const outside = new Map<Tensor, Tensor>(body.inputs.slice(1).map(({ tensor }, i) => [tensor, inputs[i] as Tensor]))
  const leaves = moved.map((x, i) => input(`moved.${i}`, x.dtype, x.shape))
  const within = substitute(
    body.outputs.map(({ tensor }) => tensor),
    new Map<Tensor, Tensor>(moved.map((x, i) => [x, leaves[i] as Input])),
  )
  const names = new Map<Tensor, string>(body.inputs.map(({ name, tensor }) => [tensor, name]))
  const kept = captured.map((tensor): [string, Input] => [names.get(tensor) as string, tensor])
  const added = leaves.map((leaf): [string, Input] => [freshName(leaf.name, body), leaf])
  const made = program({
    inputs: Object.fromEntries([...own.map(({ name, tensor }): [string, Input] => [name, tensor]), ...kept, ...added]),
    outputs: Object.fromEntries(body.outputs.map(({ name }, i) => [name, within[i] as Tensor])),
  })
  const read = [...captured.map((x) => outside.get(x) as Tensor), ...substitute(moved, outside)]
  return new Node(loop.operator, [...inputs.slice(0, states + divided), ...read], { ...attributes, body: made }).outputs
}

/** A name that no input or output of the body has. */
function freshName(name: string, body: Program): string {
  return [...body.inputs, ...body.outputs].some((other) => other.name === name) ? freshName(`${name}'`, body) : name
}

/**
 * What is the same in every iteration of a loop is computed once, before it: weights that are turned or reordered, for one.
 *
 * Law: equal for every input.
 * Before: Loop({ Add(state, Exp(w)) }). After: w' = Exp(w); Loop({ Add(state, w') }).
 */
export const loopInvariants: Pass = /* @__PURE__ */ graphPass('loop-invariants', (given) =>
  rewriteTensors(given, (node) => {
    if (!isNode(node, 'Loop')) return undefined
    const found = invariantsOf(node)
    return found.moved.length === 0 ? undefined : withoutInvariants(node, found)
  }),
)
