import { readFile } from 'node:fs/promises'
import { loadOnnx, type OnnxOptions } from '@equivar/backend-onnx'
import { categoryNames, classNames, inspectOnnx, type OnnxValue, withCategoryCodes } from '@equivar/export-onnx'
import { elementCount, type TensorValue, tensorValue } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { probabilities } from '../goals.ts'

import { npzArrays } from './npz-rows.ts'
import { flatten, type Nested, nest, shown } from './numbers.ts'

/** Names of categories by input and channel. */
export type Categories = ReturnType<typeof categoryNames>

/** The numbers of an input, with codes for names of categories. @throws UsageError if a name is unknown. */
export function coded(given: unknown, { name, shape }: OnnxValue, categories: Categories): Nested {
  const [names, channels] = [Object.hasOwn(categories, name) ? categories[name] : undefined, shape.at(-1)]
  if (names === undefined || typeof channels !== 'number') return given as Nested
  try {
    return withCategoryCodes(given, names, channels) as Nested
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`"${name}": ${error.message}`)
    throw error
  }
}

function toValue(input: OnnxValue, given: Nested, file: string): TensorValue {
  const { shape, numbers } = flatten(given, `${file}, "${input.name}"`)
  return tensorValue(input.dtype as 'float32', shape, numbers)
}

async function readInputs(path: string, inputs: readonly OnnxValue[], categories: Categories): Promise<Record<string, TensorValue>> {
  if (path.endsWith('.npz')) return npzArrays(path, inputs)
  const bytes = await readFile(path)
  let record: Record<string, Nested>
  try {
    record = JSON.parse(bytes.toString('utf8')) as Record<string, Nested>
  } catch (cause) {
    throw new UsageError(`${path}: expected JSON or .npz, received something else (${cause instanceof Error ? cause.message : cause})`)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new UsageError(`${path}: expected an object with ${inputs.map(({ name }) => `"${name}"`).join(', ')}, received ${shown(record)}`)
  return Object.fromEntries(
    inputs.flatMap((input) =>
      !Object.hasOwn(record, input.name) ? [] : [[input.name, toValue(input, coded(record[input.name], input, categories), path)]],
    ),
  )
}

/** Adds an omitted mask, which is true everywhere, and checks the shapes. */
function complete(values: Record<string, TensorValue>, inputs: readonly OnnxValue[], path: string): Record<string, TensorValue> {
  const sizes = new Map<string, number>()
  const result = { ...values }
  for (const { name, shape, dtype } of inputs) {
    if (result[name] === undefined && name === 'mask' && result.x !== undefined) {
      const [batch, set] = result.x.shape as [number, number]
      result[name] = { dtype: 'bool', shape: [batch, set], data: new Uint8Array(batch * set).fill(1) }
    }
    const value = result[name]
    if (value === undefined)
      throw new UsageError(
        `${path}: expected "${name}" ${dtype} [${shape.join(', ')}], found ${Object.keys(values).join(', ') || 'nothing'}`,
      )
    const fits =
      value.shape.length === shape.length &&
      shape.every((size, axis) => {
        const known = typeof size === 'number' ? size : sizes.get(size)
        if (typeof size === 'string' && known === undefined) sizes.set(size, value.shape[axis] as number)
        return known === undefined || known === value.shape[axis]
      })
    if (!fits) throw new UsageError(`${path}: expected "${name}" of shape [${shape.join(', ')}], received [${value.shape.join(', ')}]`)
  }
  return result
}

/** The class of a row of logits and its probability. */
function likeliest(row: readonly number[], classes: readonly string[]): { class: string; probability: number } {
  const shares = probabilities(row)
  const guess = shares.indexOf(Math.max(...shares))
  return { class: classes[guess] as string, probability: shares[guess] as number }
}

/**
 * The class of logits and its probability, or the classes of several rows of logits, one for each element or node. An empty object if classes have no names.
 *
 * @param logits - [classes] or [rows, classes].
 */
export function named(
  { output, shape }: { readonly output: string; readonly shape: readonly number[] },
  logits: Nested,
  classes: readonly string[],
): Readonly<Record<string, unknown>> {
  if (output !== 'logits' || classes.length === 0 || shape.at(-1) !== classes.length) return {}
  if (shape.length === 1) return likeliest(logits as readonly number[], classes)
  if (shape.length !== 2) return {}
  const rows = (logits as readonly (readonly number[])[]).map((row) => likeliest(row, classes))
  return { classes: rows.map((row) => row.class), probabilities: rows.map(({ probability }) => probability) }
}

/** The predictions for a file with a batch axis, in one run: a line for every entry of every output along its first axis, nested like the output. */
export async function predictOnce(model: string, input: string, options: OnnxOptions): Promise<string> {
  const { inputs, metadata } = inspectOnnx(await readFile(model), model)
  const values = complete(await readInputs(input, inputs, categoryNames(metadata)), inputs, input)
  const executable = await loadOnnx(model, options)
  const outputs = await executable.run(values)
  const classes = classNames(metadata)
  const lines: string[] = []
  for (const [name, tensor] of Object.entries(outputs)) {
    const data = (await tensor.data()) as Float32Array
    const [count = 1, ...shape] = tensor.shape
    for (let i = 0; i < count; i++) {
      const entry = nest(data, shape, i * elementCount(shape))
      lines.push(`${JSON.stringify({ [name]: entry, ...named({ output: name, shape }, entry, classes) })}\n`)
    }
  }
  await executable.dispose()
  return lines.join('')
}
