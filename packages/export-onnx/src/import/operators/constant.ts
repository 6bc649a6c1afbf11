import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'
import { MOST_SIZES } from '../values.ts'

const constant: Builder = (node) => {
  const value = node.tensorAttribute('value')
  if (value !== undefined) return value
  if (node.hasAttribute('value_int')) return { sizes: [node.int('value_int', 0)], scalar: true }
  if (node.hasAttribute('value_ints')) return { sizes: node.ints('value_ints') }
  if (node.hasAttribute('value_float')) return t.constant(node.float('value_float', 0), [], 'float32')
  if (node.hasAttribute('value_floats')) return t.constant(Float32Array.from(node.floats('value_floats')))
  const other = ['value_string', 'value_strings', 'sparse_value'].some((name) => node.hasAttribute(name))
  return node[other ? 'lacks' : 'refuse'](
    'value, value_int, value_ints, value_float or value_floats',
    node.attributeNames.join(', ') || 'no attribute',
  )
}

/** A short vector of integers, or one of them, may be sizes. */
function counted(node: NodeReader, dtype: t.DataType, number: number): { sizes?: number[]; scalar?: boolean } {
  const [length = 1, ...others] = node.sizes(0)
  if (dtype !== 'int64' || typeof length !== 'number' || length > MOST_SIZES || others.length > 0) return {}
  return { sizes: Array.from({ length }, () => number), scalar: node.sizes(0).length === 0 }
}

const constantOfShape: Builder = (node) => {
  const { data } = node.tensorAttribute('value') ?? {}
  if (data === undefined) return t.full(0, node.sizes(0))
  const [number] = data.data
  if (number === undefined || data.data.length > 1) return node.refuse('one number as value', `${data.data.length}`)
  return { ...counted(node, data.dtype, Number(number)), tensor: t.full(Number(number), node.sizes(0), data.dtype) }
}

const range: Builder = (node) => {
  const [start, limit, step] = [node.size(0), node.size(1), node.size(2)]
  if (typeof start !== 'number' || typeof step !== 'number' || step < 1)
    return node.lacks('a known start and a known positive step', `${start}, ${step}`)
  const length = t.floorDivide(t.plus(t.minus(limit, start), step - 1), step)
  const counted = t.range(typeof length === 'number' ? Math.max(0, length) : length)
  return start === 0 && step === 1 ? counted : t.add(t.mul(counted, step), start)
}

const eyeLike: Builder = (node) => {
  const like = node.tensor(0)
  const [rows, columns] = like.shape
  if (rows === undefined || columns === undefined || like.rank > 2) return node.refuse('a matrix', t.printShape(like.shape))
  return t.eyeLike(rows, columns, { k: node.int('k', 0), dtype: node.dataType('dtype', like.dtype) })
}

/** Operators that make numbers. */
export const constants: Builders = { Constant: constant, ConstantOfShape: constantOfShape, Range: range, EyeLike: eyeLike }
