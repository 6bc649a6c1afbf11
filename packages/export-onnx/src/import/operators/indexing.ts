import type { ScatterReduction } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'

const oneHot: Builder = (node) => {
  const axis = node.int('axis', -1)
  const depth = node.value(1)?.sizes === undefined ? node.number(1, 0) : node.size(1)
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

/** Operators that read or write at indices. */
export const indexing: Builders = {
  Gather: gather,
  GatherElements: (node) => t.gatherElements(node.tensor(0), node.tensor(1), node.int('axis', 0)),
  GatherND: (node) =>
    node.int('batch_dims', 0) === 0 ? t.gatherND(node.tensor(0), node.tensor(1)) : node.refuse('batch_dims 0', 'another'),
  ScatterElements: (node) =>
    t.scatterElements(node.tensor(0), node.tensor(1), node.tensor(2), { axis: node.int('axis', 0), reduction: reductionOf(node) }),
  ScatterND: (node) => t.scatterND(node.tensor(0), node.tensor(1), node.tensor(2), { reduction: reductionOf(node) }),
  OneHot: oneHot,
}
