import { sameShape } from '../expression/dimension.ts'
import { Node, type Operator, type Tensor, type Trait } from '../expression/tensor.ts'
import { withInputs } from '../expression/traverse.ts'
import { isNode, type NodeOf, type OperatorName } from '../operators/signatures.ts'
import type { Program } from '../program/program.ts'
import type { Pass, PassContext } from './pass.ts'

/** Says what a node with one output may become. */
export interface Rule {
  /** The operators whose nodes it looks at. */
  readonly appliesTo: (operator: Operator) => boolean
  /** Undefined if it does not apply to the node. */
  readonly rewrite: (node: Node, context: PassContext) => Tensor | undefined
}

/** A rule for nodes of one operator. */
export function rule<K extends OperatorName>(name: K, rewrite: (node: NodeOf<K>, context: PassContext) => Tensor | undefined): Rule {
  return {
    appliesTo: (operator) => operator.name === name,
    rewrite: (node, context) => (isNode(node, name) ? rewrite(node, context) : undefined),
  }
}

/** A rule for nodes whose operator has a trait. */
export function traitRule(trait: Trait, rewrite: (node: Node, context: PassContext) => Tensor | undefined): Rule {
  return { appliesTo: ({ traits }) => traits.includes(trait), rewrite }
}

/** What a walk needs: nodes after those they read, and what is wanted of them. */
export type Graph = Pick<Program, 'nodes' | 'outputs'>

/**
 * The outputs of a graph made anew, node by node, after those they read.
 *
 * @param make - the outputs of a node for what its inputs became.
 * @param leaves - what stands for inputs; they stay if left out.
 */
export function mapNodes(
  { nodes, outputs }: Graph,
  make: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[],
  leaves: ReadonlyMap<Tensor, Tensor> = new Map(),
): Tensor[] {
  const replaced = new Map<Tensor, Tensor>(leaves)
  const resolve = (x: Tensor): Tensor => replaced.get(x) ?? x
  for (const node of nodes) {
    const made = make(node, node.inputs.some((x) => replaced.has(x)) ? node.inputs.map(resolve) : node.inputs)
    if (made === node.outputs) continue
    for (const [i, y] of node.outputs.entries()) replaced.set(y, made[i] as Tensor)
  }
  return outputs.map(({ tensor }) => resolve(tensor))
}

/**
 * The outputs with other tensors for a node's own wherever `replace` gives some. What a node reads is replaced already; `original` is the node before that.
 */
export function rewriteTensors(graph: Graph, replace: (node: Node, original: Node) => readonly Tensor[] | undefined): Tensor[] {
  return mapNodes(graph, (original, inputs) => {
    const node = withInputs(original, inputs)
    return replace(node, original) ?? node.outputs
  })
}

const inside: PassContext = { fixed: new Set() }

/** The Program with other bodies of its loops. Nothing that a body reads is known to be fixed. */
function mapBodies(
  program: Program,
  run: (body: Program, context: PassContext) => Program,
  enters: (loop: NodeOf<'Loop'>) => boolean,
): Program {
  if (!program.nodes.some((node) => isNode(node, 'Loop'))) return program
  const outputs = rewriteTensors(program, (node) => {
    if (!isNode(node, 'Loop') || !enters(node)) return undefined
    const body = run(node.attributes.body, inside)
    return body === node.attributes.body ? undefined : new Node(node.operator, node.inputs, { ...node.attributes, body }).outputs
  })
  return program.withOutputs(outputs)
}

type Run = Pass['run']

/** The same, but what it had nothing to do for is not looked at again. */
function remembering(run: Run): Run {
  const settled = new WeakMap<Program, PassContext>()
  return (program, context) => {
    if (settled.get(program) === context) return program
    const result = run(program, context)
    if (result === program) settled.set(program, context)
    return result
  }
}

/**
 * A pass that looks at a whole graph, once for the Program and once for the body of each loop.
 *
 * @param enters - the loops whose bodies are looked at; all if left out.
 */
export function graphPass(
  name: string,
  rewrite: (program: Program, context: PassContext) => readonly Tensor[],
  enters: (loop: NodeOf<'Loop'>) => boolean = () => true,
): Pass {
  const run: Run = remembering((program, context) => {
    const prepared = mapBodies(program, run, enters)
    return prepared.withOutputs(rewrite(prepared, context))
  })
  return { name, run }
}

/** A pass that is a list of rules; several of them can share one walk. */
export interface RewritingPass extends Pass {
  readonly rules: readonly Rule[]
}

/** A pass that is made of others. */
export interface PassGroup extends Pass {
  readonly passes: readonly Pass[]
}

/** The rules for nodes of one operator, found once for each. */
function rulesByOperator(rules: readonly Rule[]): (operator: Operator) => readonly Rule[] {
  const known = new Map<string, readonly Rule[]>()
  return (operator) => {
    const found = known.get(operator.name) ?? rules.filter(({ appliesTo }) => appliesTo(operator))
    known.set(operator.name, found)
    return found
  }
}

/** What the first rule that applies makes of a node: a tensor of its type and shape. */
function rewritten(node: Node, rules: readonly Rule[], context: PassContext): Tensor | undefined {
  const { output } = node
  for (const { rewrite } of rules) {
    const better = rewrite(node, context)
    if (better !== undefined && better !== output && better.dtype === output.dtype && sameShape(better.shape, output.shape)) return better
  }
  return undefined
}

/**
 * A pass that rewrites node by node: the first rule that gives a tensor of the node's type and shape is taken. Loop bodies are rewritten too.
 */
export function rewriting(name: string, rules: readonly Rule[]): RewritingPass {
  const rulesOf = rulesByOperator(rules)
  const pass = graphPass(name, (program, context) => {
    if (!program.nodes.some(({ operator }) => rulesOf(operator).length > 0)) return program.outputs.map(({ tensor }) => tensor)
    return rewriteTensors(program, (node) => {
      const better = rewritten(node, rulesOf(node.operator), context)
      return better && [better]
    })
  })
  return { ...pass, rules }
}

/** Passes whose rules share one walk: the first that applies to a node is taken, whichever pass it is of. For passes whose order does not matter. */
export function together(name: string, passes: readonly RewritingPass[]): PassGroup {
  const { run } = rewriting(
    name,
    passes.flatMap(({ rules }) => rules),
  )
  return { name, passes, run }
}

/** More rounds than any Program needs; a pair of passes that undo each other would go on for ever. */
const MOST_ROUNDS = 64

/** Passes again and again, in order, until none finds anything to do. */
export function untilStable(name: string, passes: readonly Pass[]): PassGroup {
  const run = remembering((program, context) => {
    let current = program
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = passes.reduce((given, pass) => pass.run(given, context), current)
      if (next === current) return current
      current = next
    }
    throw new Error(`optimize: the passes ${passes.map((pass) => pass.name).join(', ')} undo each other; this is a defect of Equivar.`)
  })
  return { name, passes, run }
}
