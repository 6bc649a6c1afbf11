import { sameShape, type TensorValue } from '@equivar/tensor'
import type { Shapes, Values } from '@equivar/verify'
import { nodesOf } from './editors.ts'
import type { ModelFile } from './model-file.ts'
import { type Sizes, sizesWith } from './sizes.ts'

/** What the input of a model is, and where it comes from. */
export interface Given {
  readonly sizes: Sizes
  readonly values: Values
  /** Counts the inputs that did not come from an editor. */
  readonly source: number
  /** What it is an example of, where it is one. */
  readonly truth?: string
}

/** One input that an editor has changed. */
export interface EditedInput {
  readonly name: string
  readonly value: TensorValue
  /** How many nodes the graph has now, where it is one. */
  readonly nodes?: number | undefined
}

/** The shape of the input that tells how many nodes there are, for another number of them. */
function nodeShapes(values: Values, nodes: number): Shapes {
  const name = values.positions === undefined ? 'x' : 'positions'
  const shape = values[name]?.shape
  return shape === undefined ? {} : { [name]: [nodes, ...shape.slice(1)] }
}

/** New values, and the old ones wherever these have the same shape. */
const keptWhere = (old: Values, drawn: Values): Values =>
  Object.fromEntries(
    Object.entries(drawn).map(([name, value]) => [
      name,
      sameShape(old[name]?.shape ?? [-1], value.shape) ? (old[name] as TensorValue) : value,
    ]),
  )

/**
 * The input after an editor has changed one: where its shape is another, the sizes follow, and so do other inputs that have them.
 *
 * @param draw - random values at some sizes.
 * @throws RangeError if the file fixes another size.
 */
export function edited(
  { description }: ModelFile,
  given: Given,
  { name, value, nodes }: EditedInput,
  draw: (sizes: Sizes) => Values,
): Given {
  const { truth: _, ...kept } = given
  const isSameGraph = nodes === undefined || nodes === nodesOf(given.values)
  if (isSameGraph && sameShape(value.shape, given.values[name]?.shape ?? [-1]))
    return { ...kept, values: { ...given.values, [name]: value } }
  const counted = name === 'edge_index' && nodes !== undefined ? nodeShapes(given.values, nodes) : {}
  const sizes = sizesWith(description.inputs, given.sizes, { [name]: value.shape, ...counted })
  return { ...kept, sizes, values: { ...keptWhere(given.values, draw(sizes)), [name]: value } }
}
