import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder } from '../builder.ts'

type Function1 = (x: Tensor) => Tensor
type Function2 = (a: Tensor, b: Tensor) => Tensor
type Function3 = (a: Tensor, b: Tensor, c: Tensor) => Tensor

/** One operator of `tensor` that ONNX has under the same name, without attributes. */
type PlainOperator =
  | { readonly arity: 1; readonly build: Function1 }
  | { readonly arity: 2; readonly build: Function2 }
  | { readonly arity: 3; readonly build: Function3 }

const one = (build: Function1): PlainOperator => ({ arity: 1, build })
const two = (build: Function2): PlainOperator => ({ arity: 2, build })
const three = (build: Function3): PlainOperator => ({ arity: 3, build })

/** The plain operators of `tensor` with their arity, by ONNX's names: what a table of all its operators would say. */
const plainOperators = (): Readonly<Record<string, PlainOperator>> => ({
  Neg: one(t.neg),
  Abs: one(t.abs),
  Exp: one(t.exp),
  Log: one(t.log),
  Sqrt: one(t.sqrt),
  Reciprocal: one(t.reciprocal),
  Sin: one(t.sin),
  Cos: one(t.cos),
  Tan: one(t.tan),
  Asin: one(t.asin),
  Acos: one(t.acos),
  Atan: one(t.atan),
  Sinh: one(t.sinh),
  Cosh: one(t.cosh),
  Asinh: one(t.asinh),
  Acosh: one(t.acosh),
  Atanh: one(t.atanh),
  Tanh: one(t.tanh),
  Sigmoid: one(t.sigmoid),
  Softplus: one(t.softplus),
  Softsign: one(t.softsign),
  Relu: one(t.relu),
  Erf: one(t.erf),
  Floor: one(t.floor),
  Ceil: one(t.ceil),
  Round: one(t.round),
  Sign: one(t.sign),
  IsNaN: one(t.isNaN),
  Not: one(t.not),
  Add: two(t.add),
  Sub: two(t.sub),
  Mul: two(t.mul),
  Div: two(t.div),
  And: two(t.and),
  Or: two(t.or),
  Xor: two(t.xor),
  Equal: two(t.equal),
  Less: two(t.less),
  LessOrEqual: two(t.lessOrEqual),
  Greater: two(t.greater),
  GreaterOrEqual: two(t.greaterOrEqual),
  MatMul: two(t.matMul),
  Where: three(t.where),
})

let table: ReadonlyMap<string, PlainOperator> | undefined

function plainTable(): ReadonlyMap<string, PlainOperator> {
  table ??= new Map(Object.entries(plainOperators()))
  return table
}

/** The names of the operators that need no entry of their own. */
export const plainNames = (): string[] => [...plainTable().keys()]

/** Plain operators of more than one operand whose shapes broadcast. */
export const broadcastingNames = (): string[] =>
  [...plainTable()].flatMap(([name, { arity }]) => (arity > 1 && name !== 'MatMul' ? [name] : []))

/**
 * The generic rule: a node without attributes whose operator `tensor` has under the same name becomes that operator of its inputs.
 *
 * @returns undefined if `tensor` has no plain operator of that name.
 */
export function plainBuilder(name: string): Builder | undefined {
  const plain = plainTable().get(name)
  if (plain === undefined) return undefined
  return (node) => {
    const { arity } = plain
    if (node.inputs.length !== arity) node.refuse(`${arity} input${arity === 1 ? '' : 's'}`, `${node.inputs.length}`)
    if (node.attributeNames.length > 0) node.refuse('no attributes', node.attributeNames.join(', '))
    if (plain.arity === 1) return plain.build(node.tensor(0))
    if (plain.arity === 2) return plain.build(node.tensor(0), node.tensor(1))
    return plain.build(node.tensor(0), node.tensor(1), node.tensor(2))
  }
}
