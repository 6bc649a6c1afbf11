import { Node, type OperatorOf, operators } from '@equivar/tensor'
import type { Builder } from '../builder.ts'

/** The operators of `tensor` that ONNX has under the same name, with the same inputs and without attributes. */
const plainOperators = (): OperatorOf[] =>
  Object.values<OperatorOf>(operators).filter(({ name, traits }) => traits.includes('plain') && name !== 'Identity')

let table: ReadonlyMap<string, OperatorOf> | undefined

function plainTable(): ReadonlyMap<string, OperatorOf> {
  table ??= new Map(plainOperators().map((entry) => [entry.name, entry]))
  return table
}

/** The names of the operators that need no entry of their own. */
export const plainNames = (): string[] => [...plainTable().keys()]

/** Plain operators of more than one operand whose shapes broadcast. */
export const broadcastingNames = (): string[] =>
  [...plainTable().values()].flatMap(({ name, arity: [least], traits }) => (least > 1 && traits.includes('pointwise') ? [name] : []))

/**
 * The generic rule: a node without attributes whose operator `tensor` has under the same name becomes that operator of its inputs.
 *
 * @returns undefined if `tensor` has no plain operator of that name.
 */
export function plainBuilder(name: string): Builder | undefined {
  const entry = plainTable().get(name)
  if (entry === undefined) return undefined
  const [arity] = entry.arity
  return (node) => {
    if (node.inputs.length !== arity) node.refuse(`${arity} input${arity === 1 ? '' : 's'}`, `${node.inputs.length}`)
    if (node.attributeNames.length > 0) node.refuse('no attributes', node.attributeNames.join(', '))
    const inputs = node.inputs.map((_, i) => node.tensor(i))
    return new Node(entry, inputs, {}).outputs
  }
}
