import { readFile } from 'node:fs/promises'
import { loadOnnx } from '@equivar/backend-onnx'
import { parseNpz, toTensorValue } from '@equivar/datasets'
import { inspectOnnx, type OnnxValue } from '@equivar/export-onnx'
import { type DataType, type TensorValue, tensorValue } from '@equivar/tensor'
import { UsageError } from './errors.ts'
import { probabilities } from './goals.ts'
import type { RunConfig } from './run-directory.ts'

type Nested = number | boolean | readonly Nested[]

/** Shape and numbers of nested arrays. @throws UsageError where rows differ in length. */
function flatten(value: Nested, where: string): { shape: number[]; numbers: number[] } {
  if (typeof value === 'number' || typeof value === 'boolean') return { shape: [], numbers: [Number(value)] }
  if (!Array.isArray(value))
    throw new UsageError(`${where}: expected numbers in nested arrays, received ${JSON.stringify(value)?.slice(0, 40)}`)
  const rows = (value as readonly Nested[]).map((row) => flatten(row, where))
  const first = rows[0]?.shape ?? []
  const odd = rows.findIndex(({ shape }) => shape.join() !== first.join())
  if (odd >= 0) throw new UsageError(`${where}: expected rows of one shape, received [${first}] and, at row ${odd}, [${rows[odd]?.shape}]`)
  return { shape: [rows.length, ...first], numbers: rows.flatMap(({ numbers }) => numbers) }
}

function toValue(input: OnnxValue, given: Nested, file: string): TensorValue {
  const { shape, numbers } = flatten(given, `${file}, "${input.name}"`)
  return tensorValue(input.dtype as 'float32', shape, numbers)
}

async function readInputs(path: string, inputs: readonly OnnxValue[]): Promise<Record<string, TensorValue>> {
  const bytes = await readFile(path)
  if (path.endsWith('.npz')) {
    const arrays = parseNpz(bytes, path)
    return Object.fromEntries(
      inputs.flatMap(({ name, dtype }) => {
        const array = (arrays as Record<string, never>)[name]
        return array === undefined ? [] : [[name, toTensorValue(array, dtype as Exclude<DataType, 'float16'>, name)]]
      }),
    )
  }
  let record: Record<string, Nested>
  try {
    record = JSON.parse(bytes.toString('utf8')) as Record<string, Nested>
  } catch (cause) {
    throw new UsageError(`${path}: expected JSON or .npz, received something else (${cause instanceof Error ? cause.message : cause})`)
  }
  return Object.fromEntries(
    inputs.flatMap((input) => (record[input.name] === undefined ? [] : [[input.name, toValue(input, record[input.name] as Nested, path)]])),
  )
}

/** Fills in a mask that was left out: everything exists. Checks that the shapes fit what the model says. */
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

/** Predictions as plain objects: class and probabilities where the file names its classes. */
export async function predict(model: string, input: string): Promise<void> {
  const { inputs, metadata } = inspectOnnx(await readFile(model), model)
  const values = complete(await readInputs(input, inputs), inputs, input)
  const executable = await loadOnnx(model)
  const outputs = await executable.run(values)
  const { classes = [] } = JSON.parse(metadata.config ?? '{}') as Partial<RunConfig>
  for (const [name, tensor] of Object.entries(outputs)) {
    const data = (await tensor.data()) as Float32Array
    const width = tensor.shape.at(-1) ?? 1
    const rows = Array.from({ length: data.length / Math.max(1, width) }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)))
    for (const row of rows) {
      const shares = probabilities(row)
      const guess = shares.indexOf(Math.max(...shares))
      const named = name === 'logits' && classes.length === width ? { class: classes[guess], probability: shares[guess] } : {}
      process.stdout.write(`${JSON.stringify({ [name]: row, ...named })}\n`)
    }
  }
  await executable.dispose()
}
