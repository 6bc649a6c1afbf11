import { type DataType, elementCount, isFloat, ownEntry, type Random, type TensorValue, tensorValue } from '@equivar/tensor'
import type { TensorAction } from '../actions/parse-action.ts'
import type { Values } from '../values.ts'
import type { DescribedInput, Range, Shapes } from './described-input.ts'
import { entryRanges } from './entry-ranges.ts'

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

function drawInput({ name, dtype }: DescribedInput, shape: readonly number[], range: Range | undefined, random: Random): TensorValue {
  if (dtype === undefined)
    throw new RangeError(`randomInputs: ${name}: expected an input of type float32, float16, int32, int64 or bool, received another type.`)
  const count = elementCount(shape)
  if (count > MOST_ELEMENTS)
    throw new RangeError(`randomInputs: ${name}: expected at most ${MOST_ELEMENTS} elements, received shape [${shape.join(', ')}].`)
  const numbers = Float64Array.from({ length: count }, () => draw(dtype, range, random))
  // Each row of a mask has a true entry, since a mean over nothing is no number.
  if (dtype === 'bool' && range === undefined) for (let i = 0; i < count; i += shape.at(-1) ?? 1) numbers[i] = 1
  return tensorValue(dtype, shape, numbers)
}

/** Options of randomInputs. */
export interface RandomInputsOptions {
  /** A shape for each input. */
  readonly shapes: Shapes
  /** Actions whose elements will act on the inputs: where one renames points, the numbers name points that exist. None by default. */
  readonly actions?: Readonly<Record<string, TensorAction>>
  /** The numbers that inputs take, by name. */
  readonly ranges?: Readonly<Record<string, Range>>
  readonly random: Random
}

/**
 * Random values of a model's inputs: floats are normally distributed, integers are 0 or 1, truth values are mostly true, unless there is a range. `edge_index`
 * names nodes that exist.
 *
 * @throws RangeError for a type that has no values, an input without a shape, or more than 2^26 elements.
 * @example randomInputs(inspectOnnx(bytes, 'model.onnx').inputs, { shapes: { x: [1, 5, 3] }, random: new Random({ seed: 1 }) })
 */
export function randomInputs(inputs: readonly DescribedInput[], options: RandomInputsOptions): Values {
  const { shapes, actions = {}, random } = options
  const ranges = { ...entryRanges(inputs, actions, shapes), ...options.ranges }
  const drawn = inputs.map((input) => {
    const shape = ownEntry(shapes, input.name)
    if (shape === undefined) throw new RangeError(`randomInputs: ${input.name}: expected a shape for each input, received none.`)
    return [input.name, drawInput(input, shape, ownEntry(ranges, input.name), random)] as const
  })
  return Object.fromEntries(drawn)
}
