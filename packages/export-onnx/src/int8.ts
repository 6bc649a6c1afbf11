import {
  concat,
  elementCount,
  evaluate,
  type Node,
  optimize,
  ownEntry,
  type Program,
  program,
  reduceMax,
  reduceMin,
  reshape,
  type Tensor,
  type TensorValue,
  topological,
} from '@equivar/tensor'
import { fixedTensors } from './fixed.ts'
import { onnxFile } from './target.ts'

/** The least and the largest number of every activation that is stored in int8, in the order of `calibrationProgram`'s outputs. */
export interface Int8Ranges {
  readonly least: ArrayLike<number>
  readonly most: ArrayLike<number>
}

/** How numbers of one range are stored in a byte: value = scale (byte - zero). */
export interface ByteScale {
  readonly scale: number
  readonly zero: number
}

/** A matrix product or a convolution with fixed weights, to be computed in int8. */
export interface Int8Product {
  readonly node: Node
  /** Which activation it reads. */
  readonly input: number
  /** Which activation it writes, where that is stored in int8 too. */
  readonly output?: number
  /** The axis of the weights that has a scale of its own for every entry. */
  readonly axis: number
  readonly weights: TensorValue
}

/** What of a Program is computed in int8. */
export interface Int8Plan {
  readonly products: readonly Int8Product[]
  /** The tensors whose ranges must be known. */
  readonly activations: readonly Tensor[]
}

/** Weights of fewer numbers stay float32: they save nothing, and are often the first or the last layer. */
const FEWEST = 256
/**
 * Weights go from -64 to 64, one bit less than a byte has. ONNX Runtime's kernels for x86 without VNNI add two products of a byte and a signed byte in 16
 * bits, which saturate for larger weights: results would depend on the processor.
 */
const LARGEST_WEIGHT = 64
/** Weights that lose more than this share of their norm stay float32. */
const LARGEST_LOSS = 0.05

/** The numbers of a fixed tensor, computed in float64 where they are not a value as it stands. */
function fixedValue(tensor: Tensor, given: Program, values: Readonly<Record<string, TensorValue>>): TensorValue {
  const own = given.inputs.find((one) => one.tensor === tensor)
  if (own !== undefined) return ownEntry(values, own.name) as TensorValue
  const leaves = new Set<Tensor>(topological([tensor]).flatMap(({ outputs }) => outputs))
  const inputs = given.inputs.filter((one) => leaves.has(one.tensor))
  const result = evaluate(
    program({ inputs: Object.fromEntries(inputs.map((one) => [one.name, one.tensor])), outputs: { weights: tensor } }),
    Object.fromEntries(inputs.map(({ name }) => [name, ownEntry(values, name) as TensorValue])),
  ).weights
  return { dtype: 'float32', shape: result?.shape ?? [], data: Float32Array.from(result?.data ?? []) }
}

/** The axis of the weights that the columns of a product, or the channels of a convolution, lie along; undefined for other operators. */
function outputAxis({ operator, inputs }: Node): number | undefined {
  if (operator.name === 'MatMul') return inputs[1]?.rank === 2 ? 1 : undefined
  return operator.name === 'Conv' ? 0 : undefined
}

/** Weights as signed bytes with one scale for each entry of an axis. */
export interface Int8Weights {
  readonly bytes: Int8Array
  readonly scales: Float32Array
}

/** Rounds weights to multiples of a scale for each entry of an axis, from -64 to 64 of them. */
export function int8Weights({ shape, data }: TensorValue, axis: number): Int8Weights {
  const numbers = data as Float32Array
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const channels = shape[axis] as number
  const scales = new Float32Array(channels)
  const channelOf = (i: number): number => Math.floor(i / inner) % channels
  numbers.forEach((value, i) => {
    scales[channelOf(i)] = Math.max(scales[channelOf(i)] as number, Math.abs(value) / LARGEST_WEIGHT)
  })
  // A channel of zeros has any scale.
  scales.forEach((scale, i) => {
    if (scale === 0) scales[i] = 1
  })
  const bytes = Int8Array.from(numbers, (value, i) =>
    Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, Math.round(value / (scales[channelOf(i)] as number)))),
  )
  return { bytes, scales }
}

/** The share of their norm that weights lose as bytes. */
function lossOf(weights: TensorValue, axis: number): number {
  const { bytes, scales } = int8Weights(weights, axis)
  const inner = weights.shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  let [lost, all] = [0, 0]
  ;(weights.data as Float32Array).forEach((value, i) => {
    lost += (value - (bytes[i] as number) * (scales[Math.floor(i / inner) % scales.length] as number)) ** 2
    all += value ** 2
  })
  return all === 0 ? 0 : Math.sqrt(lost / all)
}

/** A range as unsigned bytes; 0 is always exact, as padding and masks need it. */
export function byteScale(least: number, most: number): ByteScale {
  const [low, high] = [Math.min(0, least), Math.max(0, most)]
  const scale = Math.fround(high > low ? (high - low) / 255 : 1)
  return { scale, zero: Math.max(0, Math.min(255, Math.round(-low / scale))) }
}

/**
 * Chooses what is computed in int8: matrix products with a fixed matrix on the right, and convolutions with fixed kernels, of at least 256 weights that lose
 * at most 5 % of their norm. Everything else, and what comes between, stays float32.
 */
export function int8Plan(given: Program, values: Readonly<Record<string, TensorValue>>): Int8Plan {
  const fixed = fixedTensors(
    given.nodes,
    given.inputs.flatMap(({ name, tensor }) => (ownEntry(values, name) === undefined ? [] : [tensor])),
  )
  const activations: Tensor[] = []
  const numberOf = (tensor: Tensor): number => {
    const known = activations.indexOf(tensor)
    return known >= 0 ? known : activations.push(tensor) - 1
  }
  const products: Int8Product[] = []
  for (const node of given.nodes) {
    const axis = outputAxis(node)
    const [x, w] = node.inputs
    if (axis === undefined || x === undefined || w === undefined || fixed.has(x) || !fixed.has(w) || w.dtype !== 'float32') continue
    if (elementCount(w.shape as readonly number[]) < FEWEST) continue
    const weights = fixedValue(w, given, values)
    if (lossOf(weights, axis) > LARGEST_LOSS) continue
    const product = { node, input: numberOf(x), axis, weights }
    // ONNX Runtime has a convolution in int8 that writes int8, and a product in int8 that writes float32.
    products.push(node.operator.name === 'Conv' ? { ...product, output: numberOf(node.output) } : product)
  }
  return { products, activations }
}

/**
 * What must be known before a Program is exported in int8: run it on examples like those to come, and keep the least of `least` and the largest of `most`.
 *
 * @param values - as they are given to the export.
 * @returns a Program with the same inputs and the outputs `least` and `most`, float32 [activations].
 * @throws RangeError if nothing of the Program can be computed in int8.
 */
export function calibrationProgram(given: Program, values: Readonly<Record<string, TensorValue>>): Program {
  // What is exported is optimized first, so that is what ranges are of.
  const optimized = optimize(given, onnxFile, { fixed: Object.keys(values) })
  const { activations } = int8Plan(optimized, values)
  if (activations.length === 0)
    throw new RangeError(
      `calibrationProgram: expected matrix products or convolutions with fixed weights of at least ${FEWEST} numbers, found none. Export it in float16.`,
    )
  const all = (reduce: (x: Tensor) => Tensor): Tensor =>
    concat(
      activations.map((x) => reshape(reduce(x), [1])),
      0,
    )
  return program({
    inputs: Object.fromEntries(optimized.inputs.map(({ name, tensor }) => [name, tensor])),
    outputs: { least: all(reduceMin), most: all(reduceMax) },
  })
}
