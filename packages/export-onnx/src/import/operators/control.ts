import { constant, evaluate, type Input, input, program, repeat, sameShape, type Tensor, topological, where } from '@equivar/tensor'
import type { GraphProto } from '../../generated/onnx_pb.ts'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'
import type { InnerScope } from '../scope.ts'
import { asTensor } from '../values.ts'

/** The nodes of a body without the one that passes its condition on; refuses a condition that the body computes. */
function withoutCondition(node: NodeReader, body: GraphProto, condition: string): GraphProto {
  const result = body.output[0]?.name
  const passing = body.node.find(({ output }) => output[0] === result)
  const passed = result === condition || (passing?.opType === 'Identity' && passing.input[0] === condition)
  if (!passed) node.lacks('a loop that runs a fixed number of times', 'one with a condition')
  return { ...body, node: body.node.filter((other) => other !== passing) }
}

/** Reads a body whose condition is only passed on, and returns its results behind the condition. */
function readBody(node: NodeReader, inner: InnerScope, states: readonly Input[], iteration: Input): readonly Tensor[] {
  const body = node.graph('body')
  const [counter, condition, ...stateInfos] = body.input.map(({ name }) => name)
  if (counter === undefined || condition === undefined || stateInfos.length !== states.length)
    return node.refuse(`a body with ${states.length + 2} inputs: the iteration, the condition, the states`, `${body.input.length}`)
  inner.set(counter, { tensor: iteration })
  inner.set(condition, { tensor: constant(1, [], 'bool') })
  stateInfos.forEach((name, i) => {
    const tensor = states[i]
    if (tensor !== undefined) inner.set(name, { tensor })
  })
  inner.read(withoutCondition(node, body, condition))
  const results = body.output.slice(1)
  if (results.length < states.length)
    return node.refuse(`a body with ${states.length + 1} outputs or more: the condition, the states`, `${body.output.length}`)
  return results.map(({ name }) => asTensor(inner.value(name)))
}

const named = (inputs: readonly Input[]): [string, Input][] => inputs.map((x) => [x.name, x])

/** A loop that runs a number of times that is known, or computed from shapes. */
const loop: Builder = (node) => {
  if (node.number(1, 1) === 0) node.lacks('a condition that is true at first', 'false')
  const inner = node.scope.inner()
  const first = node.inputs.slice(2).map((_, i) => node.tensor(i + 2))
  const iteration = input('iteration', 'int64', [])
  const states = first.map((x, i) => input(`state ${i}`, x.dtype, x.shape))
  const results = readBody(node, inner, states, iteration)
  const captured = [...inner.captured.values()]
  const step = program({
    inputs: Object.fromEntries(named([iteration, ...states, ...captured.map(({ inside }) => inside)])),
    outputs: Object.fromEntries(results.map((x, i) => [`result ${i}`, x])),
  })
  return repeat(step, { count: node.size(0), states: first, captured: captured.map(({ outside }) => outside) })
}

/** A condition that depends on no input: true, false, or undefined if only a run tells. */
function knownCondition(node: NodeReader): boolean | undefined {
  const condition = node.tensor(0)
  if (topological([condition]).some(({ operator }) => ['Input', 'Dimension'].includes(operator.name))) return undefined
  return evaluate(program({ inputs: [], outputs: { condition } }), {}).condition?.data[0] !== 0
}

/** The branch that a known condition takes; else both are computed, and the condition chooses between results of one shape. */
const choice: Builder = (node) => {
  const known = knownCondition(node)
  if (known !== undefined) return node.scope.inlined(node.graph(known ? 'then_branch' : 'else_branch')).map(asTensor)
  const [yes, no] = ['then_branch', 'else_branch'].map((name) => node.scope.inlined(node.graph(name)).map(asTensor))
  return (yes ?? []).map((x, i) => {
    const y = no?.[i]
    if (y === undefined || x.dtype !== y.dtype || !sameShape(x.shape, y.shape))
      return node.lacks('branches whose results have one type and shape', `${x} and ${y}`)
    return where(node.tensor(0), x, y)
  })
}

/** Operators that hold graphs. */
export const control: Builders = { If: choice, Loop: loop }
