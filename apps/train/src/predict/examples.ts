import { acceptRequest, type BatchRecipe, type BatchRequest } from '@equivar/batching'
import type { OnnxValue } from '@equivar/export-onnx'
import { elementCount, type TensorValue, tensorValue } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { flatten, type Nested, nest, shown } from './numbers.ts'
import { type Categories, coded, named } from './one-run.ts'

/** Whether an input or output starts with the batch axis, which a single example does not have. */
const counted = ({ rows, kind }: BatchRecipe, { shape }: OnnxValue): boolean => rows !== undefined && kind !== 'alone' && shape[0] === rows

/** The expected form of a line, for messages. */
function exampleForm(recipe: BatchRecipe): string {
  const one = recipe.inputs
    .filter(({ name }) => name !== 'mask' && !(recipe.kind === 'union' && (name === 'batch' || recipe.binds[name] !== undefined)))
    .map((input) => `"${input.name}": ${input.dtype} [${(counted(recipe, input) ? input.shape.slice(1) : input.shape).join(', ')}]`)
  return `{${one.join(', ')}}`
}

/** A line as it was read. */
export interface ReadExample {
  readonly request: BatchRequest
  /** Its `id`, which comes back with the prediction. */
  readonly id?: string | number
}

/**
 * Parses a line of newline-delimited JSON as a request of one example.
 *
 * @param line - an object with an entry for every input, without the batch axis; `mask`, `batch` and `num_graphs` are optional, and so is `id`, a text or number.
 * @param categories - names of categories, which may stand for their codes.
 * @throws UsageError or RequestError that says what was expected.
 */
export function readExample(recipe: BatchRecipe, line: string, categories: Categories = {}): ReadExample {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch (cause) {
    const reason = line.trim() === '' ? 'an empty line' : cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`expected JSON such as ${exampleForm(recipe)}, received something else (${reason})`)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new UsageError(`expected an object such as ${exampleForm(recipe)}, received ${shown(record)}`)
  const given = record as Readonly<Record<string, Nested>>
  const values: Record<string, TensorValue> = {}
  for (const input of recipe.inputs) {
    if (!Object.hasOwn(given, input.name)) continue
    const { shape, numbers } = flatten(coded(given[input.name], input, categories), `"${input.name}"`)
    const whole = counted(recipe, input) ? [1, ...shape] : shape
    if (input.dtype !== undefined && input.dtype !== 'float32' && input.dtype !== 'float16' && !numbers.every(Number.isSafeInteger))
      throw new UsageError(`"${input.name}": expected ${input.dtype}, received a number of another type`)
    values[input.name] = tensorValue(input.dtype as 'float32', whole, numbers)
  }
  if (recipe.inputs.every(({ name }) => values[name] === undefined))
    throw new UsageError(
      `expected an object such as ${exampleForm(recipe)}, received ${JSON.stringify(Object.keys(given).slice(0, 8)).slice(0, 60)}`,
    )
  return { request: acceptRequest(recipe, values), ...idOf(recipe, given) }
}

/** The `id` of a line, unless the model has an input of that name. @throws UsageError if it is neither text nor a number. */
function idOf({ inputs }: BatchRecipe, given: Readonly<Record<string, unknown>>): Pick<ReadExample, 'id'> {
  const id = Object.hasOwn(given, 'id') ? given.id : undefined
  if (id === undefined || id === null || inputs.some(({ name }) => name === 'id')) return {}
  if (typeof id === 'string' || typeof id === 'number') return { id }
  throw new UsageError(`"id": expected a text or a number, received ${shown(id)}`)
}

/** The outputs of one example as a line of JSON, without the batch axis, after its id, with the class and its probability if classes have names. */
export function exampleLine(
  recipe: BatchRecipe,
  outputs: Readonly<Record<string, TensorValue>>,
  { row = 0, classes, id }: { row?: number; classes: readonly string[]; id?: string | number | undefined },
): string {
  const result: Record<string, unknown> = id === undefined ? {} : { id }
  for (const output of recipe.outputs) {
    const value = outputs[output.name]
    if (value === undefined) continue
    const shape = counted(recipe, output) ? value.shape.slice(1) : value.shape
    const size = elementCount(shape)
    const numbers = nest(value.data, shape, row * size)
    result[output.name] = numbers
    Object.assign(result, named({ output: output.name, shape }, numbers, classes))
  }
  return `${JSON.stringify(result)}\n`
}
