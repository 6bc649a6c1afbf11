import { elementCount, type TypedArray } from '@equivar/tensor'

/** Whether to copy into a part of a larger row-major array or from it. */
type Direction = 'into' | 'from'

/** A block and its place in a larger array, whose rows it occupies from `row` on. */
type Block = [whole: TypedArray, wholeShape: readonly number[], row: number, block: TypedArray, shape: readonly number[]]

/**
 * Copies a block of one axis or more between its own array and a larger one, where it starts at `row` of the first axis and at 0 of all others.
 *
 * Runs that are contiguous in both arrays are copied at once.
 */
function copyBlock(direction: Direction, ...[whole, wholeShape, row, block, shape]: Block): void {
  let contiguous = shape.length
  while (contiguous > 1 && shape[contiguous - 1] === wholeShape[contiguous - 1]) contiguous--
  const length = elementCount(shape.slice(contiguous - 1))
  const outer = shape.slice(0, contiguous - 1)
  const stride = (axis: number): number => elementCount(wholeShape.slice(axis + 1))
  const strides = outer.map((_, axis) => stride(axis))
  const start = row * stride(0)
  const index = outer.map(() => 0)
  for (let piece = 0; piece * length < block.length; piece++) {
    const at = start + index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), 0)
    if (direction === 'into') whole.set(block.subarray(piece * length, (piece + 1) * length) as never, at)
    else block.set(whole.subarray(at, at + length) as never, piece * length)
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (outer[axis] as number)) break
      index[axis] = 0
    }
  }
}

/** Writes a block into a larger array, from `row` of the first axis and from 0 of all others. */
export function writeBlock(...block: Block): void {
  copyBlock('into', ...block)
}

/** Reads a block that `writeBlock` has written. */
export function readBlock(...block: Block): void {
  copyBlock('from', ...block)
}

/** A range of an array along one axis, as `count` contiguous pieces of `size` elements; piece k begins at `at(k)`. */
interface AxisPieces {
  readonly count: number
  readonly size: number
  at(piece: number): number
}

function axisPieces(shape: readonly number[], axis: number, from: number, length: number): AxisPieces {
  const inner = elementCount(shape.slice(axis + 1))
  const width = (shape[axis] as number) * inner
  return { count: elementCount(shape.slice(0, axis)), size: length * inner, at: (piece) => piece * width + from * inner }
}

/** Copies a range along one axis into its own array. */
export function sliceAxis(
  data: TypedArray,
  shape: readonly number[],
  axis: number,
  from: number,
  length: number,
  result: TypedArray,
): void {
  const { count, size, at } = axisPieces(shape, axis, from, length)
  for (let k = 0; k < count; k++) result.set(data.subarray(at(k), at(k) + size) as never, k * size)
}

/** Writes a range along one axis and adds `shift` to its elements. */
export function writeAxis(
  whole: TypedArray,
  wholeShape: readonly number[],
  axis: number,
  from: number,
  part: TypedArray,
  length: number,
  shift: number,
): void {
  const { count, size, at } = axisPieces(wholeShape, axis, from, length)
  for (let k = 0; k < count; k++) {
    whole.set(part.subarray(k * size, (k + 1) * size) as never, at(k))
    if (shift !== 0) raise(whole.subarray(at(k), at(k) + size), shift)
  }
}

/** Adds to indices in place. Those of int64 are below 2^31, so only their low 32 bits change; BigInts would cost ten times as much. */
function raise(data: TypedArray, shift: number): void {
  const step = data instanceof BigInt64Array ? 2 : 1
  const words = data instanceof BigInt64Array ? new Int32Array(data.buffer, data.byteOffset, 2 * data.length) : data
  for (let i = 0; i < words.length; i += step) (words as Int32Array)[i] = ((words as Int32Array)[i] as number) + shift
}
