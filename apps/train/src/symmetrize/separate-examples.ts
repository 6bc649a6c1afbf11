import type { LoadedOnnx } from '@equivar/backend-onnx'
import type { OnnxValue } from '@equivar/export-onnx'
import { elementCount, type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
import { relativeError, runToHost, type Values } from '@equivar/verify'

/** Allowed relative difference between an example alone and in a batch, in float32. */
const TOLERANCE = 1e-4

const row = ({ dtype, shape, data }: TensorValue, i: number): TensorValue => {
  const [, ...rest] = shape
  const width = elementCount(rest)
  return tensorValue(dtype, [1, ...rest], toNumbers(data).slice(i * width, (i + 1) * width))
}

/**
 * Whether a model treats the rows of its inputs along axis 0 one by one, as examples: each output has as many, and those of the first one alone are the same.
 *
 * @param counted - the inputs whose axis 0 may count examples.
 * @returns false too if it does not run on one row.
 */
export async function hasSeparateExamples(model: LoadedOnnx, counted: readonly OnnxValue[], feeds: Values): Promise<boolean> {
  const names = new Set(counted.map(({ name }) => name))
  const [first] = counted
  const count = first === undefined ? 0 : (feeds[first.name]?.shape[0] ?? 0)
  const alone = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, names.has(name) ? row(value, 0) : value]))
  try {
    const [together, single] = [await runToHost(model, feeds), await runToHost(model, alone)]
    return Object.entries(together).every(([name, value]) => {
      if (value.shape[0] !== count || single[name]?.shape[0] !== 1) return false
      return (
        relativeError(toNumbers((single[name] as TensorValue).data), toNumbers(row(value, 0).data), { minimumScale: 1e-12 }) < TOLERANCE
      )
    })
  } catch {
    return false
  }
}
