import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { convOperator } from '../src/operators/convolution.ts'
import { maxPoolGradient } from '../src/operators/pooling.ts'
import { violation } from './law/law.ts'
import { programCount } from './law/many.ts'
import { randomProgram } from './random-programs.ts'

/*
 * Rules of passes with one mistake each. The law on random programs must find every one of them among the programs that it is tested on, or it says nothing.
 */

const zero = (x: t.Tensor): boolean => t.constantNumber(x) === 0

const negated = (x: t.Tensor): t.Tensor | undefined => t.nodeOf(x, 'Neg')?.inputs[0]

/** The data and the ends of what `pad` with mode wrap made along one axis. */
const circle = ({
  inputs,
  attributes: { axis },
}: t.NodeOf<'Concat'>): { ends: [t.Tensor, t.Tensor]; x: t.Tensor; axis: number } | undefined => {
  const [before, x, after] = inputs
  const isEnd = (part: t.Tensor | undefined): part is t.Tensor => part !== undefined && t.nodeOf(part, 'Slice')?.inputs[0] === x
  return x !== undefined && isEnd(before) && isEnd(after) ? { ends: [before, after], x, axis } : undefined
}

/** Nodes of one operator and the same inputs become one, whatever their attributes are. */
function mergedByInputs(outputs: t.Program['outputs'], nodes: t.Program['nodes']): t.Tensor[] {
  const numbers = new Map<t.Tensor, number>()
  const known = new Map<string, t.Node>()
  const numberOf = (x: t.Tensor): number => numbers.get(x) ?? numbers.set(x, numbers.size).size
  return t.rewriteTensors({ outputs, nodes }, (node) => {
    if (node.has('generating') || node.has('control')) return undefined
    const key = `${node.operator.name} ${node.inputs.map(numberOf)} ${node.outputs.map(({ dtype, shape }) => dtype + shape.join())}`
    const kept = known.get(key) ?? node
    known.set(key, kept)
    return kept.outputs
  })
}

/** With axes of size 1 in front, so that it has that rank. */
const aligned = (x: t.Tensor, rank: number): t.Tensor => t.reshape(x, [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape])

/** A number a column as if it were one a channel. */
function biasedAlongLast(y: t.Tensor, bias: t.Tensor): t.Tensor | undefined {
  const conv = t.nodeOf(y, 'Conv')
  const channels = y.shape[1]
  if (conv === undefined || conv.inputs[2] !== undefined || channels === undefined || bias.shape.at(-1) !== channels) return undefined
  if (bias.shape.slice(0, -1).some((d) => d !== 1)) return undefined
  return t.apply(convOperator, [conv.inputs[0], conv.inputs[1], t.reshape(bias, [channels])], conv.attributes)
}

const rules: Readonly<Record<string, readonly t.Rule[]>> = {
  'arithmetic-identities: a difference for a sum': [
    t.rule('Sub', ({ inputs: [a, b] }) => {
      const term = negated(b)
      return term && t.sub(a, term)
    }),
  ],
  'arithmetic-identities: 0 times something is 0': [
    t.rule('Mul', ({ inputs: [, b], output }) => (zero(b) ? t.zeros(output.shape, output.dtype) : undefined)),
  ],
  'arithmetic-identities: x + 0 is x': [t.rule('Add', ({ inputs: [a, b] }) => (zero(b) ? a : undefined))],
  'fold-constants: the first number stands for all': [
    t.rule('Mul', ({ inputs: [a, b] }) => {
      const data = t.constantData(b)
      return data === undefined || data.length < 2 || data instanceof Uint16Array
        ? undefined
        : t.mul(a, t.constant(Number(data[0]), [], b.dtype))
    }),
  ],
  'sums-onto-terms: what a sum starts from is lost': [
    t.rule('Add', ({ inputs: [a, b], output }) => {
      const sum = t.nodeOf(b, 'ScatterND')
      const fits = sum?.attributes.reduction === 'add' && t.sameShape(a.shape, output.shape) && t.sameShape(b.shape, output.shape)
      return sum === undefined || !fits ? undefined : t.scatterND(a, sum.inputs[1], sum.inputs[2], { reduction: 'add' })
    }),
  ],
  'merge-factors: the sum of two factors': [
    t.rule('Mul', ({ inputs: [a, b] }) => {
      const [inner, d] = [t.nodeOf(a, 'Mul'), t.scalarNumber(b)]
      const c = inner && t.scalarNumber(inner.inputs[1])
      return inner === undefined || c === undefined || d === undefined ? undefined : t.mul(inner.inputs[0], c + d)
    }),
  ],
  'merge-rearrangements: transposes in the wrong order': [
    t.rule('Transpose', ({ inputs: [x], attributes: { permutation } }) => {
      const below = t.nodeOf(x, 'Transpose')
      return (
        below &&
        t.transpose(
          below.inputs[0],
          below.attributes.permutation.map((p) => permutation[p] ?? p),
        )
      )
    }),
  ],
  'drop-expansions: before a sum over the axis': [
    t.rule('ReduceSum', ({ inputs: [x], attributes: { axes, keepDims } }) => {
      const small = t.nodeOf(x, 'Expand')?.inputs[0]
      return small && t.reduceSum(aligned(small, x.rank), { axis: axes, keepDims })
    }),
  ],
  'known-places-without-sums: where rows were written, not read': [
    t.rule('ScatterND', ({ inputs: [data, indices, updates] }) => {
      const places = t.constantData(t.nodeOf(indices, 'Unsqueeze')?.inputs[0] ?? indices)
      const fits = places !== undefined && places.length === data.shape[0] && indices.rank === 2 && updates.rank === data.rank
      return fits ? t.gather(updates, t.reshape(indices, [places.length])) : undefined
    }),
  ],
  'pool-before-relu: the gradient without the slope': [
    t.rule('Mul', ({ inputs: [a, b] }) => {
      const slope = t.nodeOf(b, 'Relu')?.inputs[0]
      const gradient = t.nodeOf(t.nodeOf(a, 'Reshape')?.inputs[0] ?? a, 'MaxPoolGradient')
      return gradient && slope && t.nodeOf(slope, 'Sign') ? a : undefined
    }),
  ],
  'max-pool-gradients: padding that ties with 0': [
    t.rule('MaxPoolGradient', ({ inputs: [x, y, g], attributes }) => {
      const { kernel, pads } = attributes
      if (pads.every((p) => p === 0)) return undefined
      const wide = t.pad(x, [0, 0, ...pads.slice(0, kernel.length), 0, 0, ...pads.slice(kernel.length)])
      const whole = maxPoolGradient(wide, y, g, { ...attributes, pads: pads.map(() => 0) })
      return t.slice(whole, ...kernel.map((_, i) => ({ axis: i + 2, start: pads[i] ?? 0, end: t.plus(pads[i] ?? 0, x.size(i + 2)) })))
    }),
  ],
  'convolution-gradients: a kernel that is not flipped': [
    t.rule('ConvInputGradient', ({ inputs: [weight, g], attributes: { spatial: _, ...attributes } }) => {
      const { kernel, strides, pads, dilations, groups } = attributes
      if (groups > 1 || [...strides, ...dilations].some((n) => n > 1)) return undefined
      const sides = pads.map((p, i) => (kernel[i % kernel.length] ?? 1) - 1 - p)
      return t.apply(convOperator, [g, t.swapAxes(weight, 0, 1)], { ...attributes, pads: sides })
    }),
  ],
  'merge-circular-padding: the ends exchanged': [
    t.rule('Concat', (node) => {
      const found = circle(node)
      return found && t.concat([found.ends[1], found.x, found.ends[0]], found.axis)
    }),
  ],
  'bias-into-convolution: along the last axis': [t.rule('Add', ({ inputs: [a, b] }) => biasedAlongLast(a, b) ?? biasedAlongLast(b, a))],
}

const passes: readonly t.Pass[] = [
  ...Object.entries(rules).map(([name, list]) => t.rewriting(name, list)),
  t.graphPass('merge-equal-nodes: whatever the attributes', ({ outputs, nodes }) => mergedByInputs(outputs, nodes)),
]

/** Once each: a wrong rule may find what it wrote itself. */
const once = (pass: t.Pass): t.Pass => {
  const done = new WeakSet<t.Program>()
  return {
    name: pass.name,
    run: (program, context) => {
      if (done.has(program)) return program
      const after = pass.run(program, context)
      done.add(after)
      return after
    },
  }
}

test.each(passes.map((pass) => ({ name: pass.name, pass })))('is found: $name', ({ pass }) => {
  const target = { name: pass.name, passes: [once(pass), t.convolutionGradients({ columns: 128 }), t.maxPoolGradients()] }
  let found: string | undefined
  for (let seed = 0; seed < programCount(700) && found === undefined; seed++) found = violation(randomProgram(seed), target)
  expect(found).toMatch(/y\d+: (element|expected)/)
})
