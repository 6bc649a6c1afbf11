import type { Dimension, ScatterReduction } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

const oneHot: Builder = (node) => {
  const axis = node.int('axis', -1)
  const depth = node.value(1)?.data === undefined ? node.size(1) : node.number(1, 0)
  const { data } = node.value(2) ?? {}
  if (data === undefined) {
    const value = (i: number): t.Tensor => t.gather(node.tensor(2), t.constant(i, [], 'int64'))
    return t.where(t.oneHot(node.tensor(0), depth, { axis, dtype: 'bool' }), value(1), value(0))
  }
  const [off, on] = data.data
  if (off === undefined || on === undefined || data.data.length > 2)
    return node.refuse('two numbers as input 2, off and on', `${data.data.length}`)
  const hot = t.oneHot(node.tensor(0), depth, { axis, dtype: data.dtype })
  return Number(off) === 0 && Number(on) === 1 ? hot : t.add(t.mul(hot, Number(on) - Number(off)), Number(off))
}

const reductions: readonly ScatterReduction[] = ['none', 'add', 'mul', 'max', 'min']

function reductionOf(node: NodeReader): ScatterReduction {
  const given = node.string('reduction', 'none')
  return reductions.find((known) => known === given) ?? node.refuse(`reduction ${reductions.join(', ')}`, given)
}

/** @throws OnnxFormatError if an index that is part of the file lies beyond an axis of known size. */
const gather: Builder = (node) => {
  const [x, axis] = [node.tensor(0), node.int('axis', 0)]
  const size = x.shape.at(axis)
  const { data } = node.value(1)?.data ?? {}
  if (typeof size === 'number' && data !== undefined)
    for (const i of data)
      if (i < -size || i >= size) node.refuse(`indices from ${-size} to ${size - 1}, as axis ${axis} of input 0 has size ${size}`, `${i}`)
  return t.gather(x, node.tensor(1), axis)
}

/** The number that all elements are, whatever the shape is. */
function uniform(x: t.Tensor): number | undefined {
  const expanded = t.nodeOf(x, 'Expand')
  return t.constantNumber(expanded === undefined ? x : (expanded.inputs[0] as t.Tensor))
}

/** The places of all elements of a shape, in row-major order: [rank, elements]. */
function everyPlace(shape: readonly Dimension[]): t.Tensor {
  const rows = shape.map((size, axis) => {
    const along = t.unsqueeze(
      t.range(size),
      [...shape.keys()].filter((other) => other !== axis),
    )
    return t.reshape(t.expand(along, shape), [1, t.product(shape)])
  })
  const [first, ...others] = rows
  return first === undefined ? t.zeros([0, 1], 'int64') : t.concat([first, ...others], 0)
}

/** The places of what is not 0; how many there are is told by a run, unless all elements are alike or part of the file. */
const nonZero: Builder = (node) => {
  const x = node.tensor(0)
  const same = uniform(x)
  if (same !== undefined) return same === 0 ? t.zeros([x.rank, 0], 'int64') : everyPlace(x.shape)
  const { shape, data } = node.value(0)?.data ?? {}
  if (data === undefined || shape === undefined)
    return t.nonZero(x, node.scope.toldSize(`axis 1 of "${node.output(0)}"`, `${node.output(0)}_1`))
  const found = Array.from(data, Number).flatMap((number, i) => (number === 0 ? [] : [i]))
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, d) => n * d, 1))
  const places = shape.flatMap((size, axis) => found.map((i) => Math.floor(i / (strides[axis] ?? 1)) % size))
  return t.constant(places, [shape.length, found.length], 'int64')
}

/** The elements along an axis, or of all of them in a row, at which a condition holds. */
const compress: Builder = (node) => {
  const [x, condition] = [node.tensor(0), node.tensor(1)]
  const kept = t.nonZero(condition, node.scope.toldSize(`what remains in "${node.output(0)}"`, `${node.output(0)}_kept`))
  const whole = node.hasAttribute('axis') ? x : t.reshape(x, [t.product(x.shape)])
  return t.gather(whole, t.squeeze(kept, 0), node.int('axis', 0))
}

/** Operators that read or write at indices. */
export const indexing: Builders = {
  Gather: gather,
  GatherElements: (node) => t.gatherElements(node.tensor(0), node.tensor(1), node.int('axis', 0)),
  GatherND: (node) =>
    node.int('batch_dims', 0) === 0 ? t.gatherND(node.tensor(0), node.tensor(1)) : node.lacks('batch_dims 0', 'another'),
  ScatterElements: (node) =>
    t.scatterElements(node.tensor(0), node.tensor(1), node.tensor(2), { axis: node.int('axis', 0), reduction: reductionOf(node) }),
  ScatterND: (node) => t.scatterND(node.tensor(0), node.tensor(1), node.tensor(2), { reduction: reductionOf(node) }),
  OneHot: oneHot,
  NonZero: nonZero,
  Compress: compress,
}
