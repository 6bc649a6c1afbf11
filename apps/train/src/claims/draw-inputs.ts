import type { OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount, isFloat, type Random, type TensorValue, tensorValue } from '@equivar/tensor'
import type { Values } from '@equivar/verify'
import { UsageError } from '../errors.ts'
import type { Range } from './claims.ts'
import type { Shapes } from './input-sizes.ts'

/** The largest number of elements of an input. */
const MOST_ELEMENTS = 2 ** 26

/** Part of a mask that is true. */
const TRUE_PART = 0.75

/** A random number of an input: normally distributed, 0 or 1, or of a range. */
function draw(dtype: DataType, range: Range | undefined, random: Random): number {
  if (range === undefined) {
    if (isFloat(dtype)) return random.normal()
    return dtype === 'bool' ? Number(random.uniform() < TRUE_PART) : random.integer(2)
  }
  const { from, to } = range
  return isFloat(dtype)
    ? from + (to - from) * random.uniform()
    : Math.ceil(from) + random.integer(Math.max(1, Math.floor(to) - Math.ceil(from) + 1))
}

function drawInput({ name, dtype }: OnnxValue, shape: readonly number[], range: Range | undefined, random: Random): TensorValue {
  if (dtype === undefined)
    throw new UsageError(`${name}: expected an input of type float32, float16, int32, int64 or bool, received another type`)
  const count = elementCount(shape)
  if (count > MOST_ELEMENTS)
    throw new UsageError(`${name}: expected at most ${MOST_ELEMENTS} elements, received shape [${shape.join(', ')}]`)
  const numbers = Float64Array.from({ length: count }, () => draw(dtype, range, random))
  // Each row of a mask has a true entry, since a mean over nothing is no number.
  if (dtype === 'bool' && range === undefined) for (let i = 0; i < count; i += shape.at(-1) ?? 1) numbers[i] = 1
  return tensorValue(dtype, shape, numbers)
}

/**
 * Random values of a file's inputs: floats are normally distributed, integers are 0 or 1, truth values are mostly true, unless there is a range.
 *
 * @throws UsageError for a type that has no values, or too many elements.
 */
export const drawInputs = (inputs: readonly OnnxValue[], shapes: Shapes, ranges: Readonly<Record<string, Range>>, random: Random): Values =>
  Object.fromEntries(
    inputs.map((input) => [
      input.name,
      drawInput(input, shapes[input.name] as readonly number[], Object.hasOwn(ranges, input.name) ? ranges[input.name] : undefined, random),
    ]),
  )
