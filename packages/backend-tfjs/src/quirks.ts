/**
 * Workarounds for functions of TensorFlow.js (up to 4.22, the newest) that some of its backends get wrong.
 *
 * Each names the backends, and what goes wrong there. No upstream issue is known where none is named. Until: the tests in Chromium
 * (`tooling/test/browser.test.ts`) fail without those for webgl and webgpu; `quirks.test.ts` says when a slice of wasm needs none any more.
 */
import { elementCount } from '@equivar/tensor'
import { copyBox, copyRows, heapOf } from './on-wasm.ts'
import type { TensorFlow, TfTensor, TfType } from './values.ts'

/** Rows of fewer elements are not copied one by one. */
const SHORT_ROW = 8

const onWebGpu = (tf: TensorFlow): boolean => tf.getBackend() === 'webgpu'

/** webgpu: a cast to float32 leaves integers in the buffer, which kernels that read it as it lies take for floats. A sum is a float. */
export function cast(tf: TensorFlow, x: TfTensor, type: TfType): TfTensor {
  const y = tf.cast(x, type)
  return type === 'float32' && x.dtype !== 'float32' && onWebGpu(tf) ? tf.add(y, 0) : y
}

/**
 * The sign of float32 numbers. wasm: tf.sign takes numbers up to 1e-7 for 0, and with them the slopes of relu. Here the smallest number, 2^-149, becomes 1
 * before it is cut off there; that takes an eighth of the time, too. NaN becomes -1, where tf.sign makes 0 of it.
 */
export function sign(tf: TensorFlow, x: TfTensor): TfTensor {
  if (tf.getBackend() !== 'wasm') return tf.sign(x)
  return tf.clipByValue(tf.mul(tf.mul(x, 2 ** 127), 2 ** 22), -1, 1)
}

/** webgpu: kernels that change the order of axes know floats alone. Exact to 2^24, as its integers are anyway. */
export function asFloats(tf: TensorFlow, x: TfTensor, f: (x: TfTensor) => TfTensor): TfTensor {
  return x.dtype !== 'float32' && onWebGpu(tf) ? tf.cast(f(cast(tf, x, 'float32')), x.dtype) : f(x)
}

/** See asFloats. wasm: divides by the sizes, of which one may be 0. */
export function transpose(tf: TensorFlow, x: TfTensor, order: readonly number[]): TfTensor {
  if (x.size === 0)
    return tf.reshape(
      x,
      order.map((axis) => x.shape[axis] as number),
    )
  return asFloats(tf, x, (y) => tf.transpose(y, [...order]))
}

/** Part of a tensor. wasm: see on-wasm.ts. */
export function slice(tf: TensorFlow, x: TfTensor, begin: readonly number[], size: readonly number[]): TfTensor {
  if (x.shape.join() === size.join()) return tf.clone(x)
  const heap = elementCount(size) === 0 ? undefined : heapOf(tf)
  if (heap === undefined) return tf.slice(x, [...begin], [...size])
  const start = size.map(() => 0)
  return heap.write(size, x.dtype as TfType, [x], (to, from) =>
    copyBox(from as Float32Array, { shape: x.shape, begin }, to, { shape: size, begin: start }, size),
  )
}

/** One number everywhere. wasm: see on-wasm.ts. */
export function fill(tf: TensorFlow, shape: readonly number[], value: number, dtype: TfType = 'float32'): TfTensor {
  return heapOf(tf)?.write(shape, dtype, [], (to) => to.fill(value)) ?? tf.fill([...shape], value, dtype as 'float32')
}

/** Works on x as [before, axis, after]: webgl and webgpu lack kernels for more than four axes, or have wrong ones. */
function alongAxis(tf: TensorFlow, x: TfTensor, axis: number, f: (x: TfTensor) => TfTensor): TfTensor {
  const { shape } = x
  const [before, after] = [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis + 1))]
  const y = f(tf.reshape(x, [before, shape[axis] as number, after]))
  return tf.reshape(y, [...shape.slice(0, axis), y.shape[1] as number, ...shape.slice(axis + 1)])
}

/** Pads axes by [before, after]. webgl, webgpu: no kernel for five axes. wasm: see on-wasm.ts. */
export function pad(tf: TensorFlow, x: TfTensor, pairs: readonly (readonly [number, number])[], value = 0): TfTensor {
  const axes = pairs.flatMap((pair, axis) => (pair.some((amount) => amount > 0) ? [axis] : []))
  const heap = axes.length === 0 ? undefined : heapOf(tf)
  if (heap !== undefined) {
    const wide = x.shape.map(
      (size, axis) => size + (pairs[axis] as readonly [number, number])[0] + (pairs[axis] as readonly [number, number])[1],
    )
    const begin = pairs.map(([before]) => before)
    return heap.write(wide, x.dtype as TfType, [x], (to, from) => {
      to.fill(value)
      if (x.size > 0) copyBox(from as Float32Array, { shape: x.shape, begin: x.shape.map(() => 0) }, to, { shape: wide, begin }, x.shape)
    })
  }
  if (x.shape.length <= 4) return axes.length === 0 ? x : tf.pad(x, pairs as [number, number][], value)
  const still = [0, 0] as [number, number]
  return axes.reduce(
    (y, axis) => alongAxis(tf, y, axis, (z) => tf.pad(z, [still, [...(pairs[axis] as [number, number])], still], value)),
    x,
  )
}

/**
 * Every steps[axis]-th position of the axes, from 0. wasm: tf.stridedSlice goes number by number, and takes ten times what it takes to put the
 * positions side by side as rows and copy the beginning of each.
 */
export function strided(tf: TensorFlow, x: TfTensor, steps: readonly number[]): TfTensor {
  if (steps.every((step) => step === 1)) return x
  if (tf.getBackend() !== 'wasm') {
    const begin = x.shape.map(() => 0)
    return tf.stridedSlice(x, begin, [...x.shape], [...steps])
  }
  const numbers = x.dtype === 'bool' ? tf.cast(x, 'int32') : x
  const every = steps.reduce((y, step, axis) => (step === 1 ? y : alongAxis(tf, y, axis, (z) => everyRow(tf, z, step))), numbers)
  return x.dtype === 'bool' ? tf.cast(every, 'bool') : every
}

/** Every step-th row of [before, rows, length]. */
function everyRow(tf: TensorFlow, x: TfTensor, step: number): TfTensor {
  const [before, rows, length] = x.shape as [number, number, number]
  const count = Math.ceil(rows / step)
  const still = [0, 0] as [number, number]
  const whole = rows === count * step ? x : pad(tf, x, [still, [0, count * step - rows], still])
  const wide = tf.reshape(whole, [before * count, step * length])
  return tf.reshape(slice(tf, wide, [0, 0], [before * count, length]), [before, count, length])
}

/** webgpu: wrong for five axes. */
export function reverse(tf: TensorFlow, x: TfTensor, axes: readonly number[]): TfTensor {
  if (x.shape.length <= 4) return tf.reverse(x, [...axes])
  return axes.reduce((y, axis) => alongAxis(tf, y, axis, (z) => tf.reverse(z, [1])), x)
}

/** webgpu: the shader of one length is used for others where the sum runs backwards; no kernel for five axes. */
export function cumsum(tf: TensorFlow, x: TfTensor, axis: number, exclusive: boolean, backwards: boolean): TfTensor {
  if (!onWebGpu(tf)) return tf.cumsum(x, axis, exclusive, backwards)
  const turned = (y: TfTensor): TfTensor => (backwards ? tf.reverse(y, [1]) : y)
  return asFloats(tf, x, (y) => alongAxis(tf, y, axis, (z) => turned(tf.cumsum(turned(z), 1, exclusive))))
}

/** Rows of an axis, by index from 0. wasm: see on-wasm.ts. */
export function gatherRows(tf: TensorFlow, x: TfTensor, indices: TfTensor, axis: number): TfTensor {
  const after = elementCount(x.shape.slice(axis + 1))
  const heap = after < SHORT_ROW ? undefined : heapOf(tf)
  if (heap === undefined) return tf.gather(x, indices, axis)
  const before = x.shape.slice(0, axis)
  const shape = [...before, ...indices.shape, ...x.shape.slice(axis + 1)]
  const layout = [elementCount(before), x.shape[axis] as number, after] as const
  return heap.write(shape, x.dtype as TfType, [x, indices], (to, from, at) => copyRows(from as Float32Array, to, at as Int32Array, layout))
}

/** Adds rows [count, length] to places of zeros [places, length]. webgl: with an odd count it adds one row more, of numbers that are no one's. */
export function scatterRowsAdding(tf: TensorFlow, at: TfTensor, rows: TfTensor, places: number): TfTensor {
  const [count, length] = rows.shape as [number, number]
  const odd = count % 2 === 1 && tf.getBackend() === 'webgl'
  const [to, values] = odd
    ? [tf.concat([at, tf.zeros([1], 'int32')]), tf.concat([rows, tf.zeros([1, length], rows.dtype as TfType)])]
    : [at, rows]
  return tf.scatterND(tf.reshape(to, [to.shape[0] as number, 1]), values, [places, length])
}

/** Shapes in which data have been the right side of a product. */
const rightShapes = new WeakMap<object, string>()

/**
 * The right side of a product on a buffer that no product has seen in another shape: the wasm backend (4.22) keeps what it has packed by
 * buffer alone, and a reshaped tensor shares its buffer.
 */
function rightSide(tf: TensorFlow, b: TfTensor): TfTensor {
  if (tf.getBackend() !== 'wasm') return b
  const [shape, known] = [b.shape.join(), rightShapes.get(b.dataId)]
  if (known === undefined) rightShapes.set(b.dataId, shape)
  return known === undefined || known === shape ? b : tf.add(b, 0)
}

/** Multiplications in one product of a batch from which wasm is faster with one product after the other. */
const LARGE_PRODUCT = 2 ** 20

const isSlowBatch = (tf: TensorFlow, a: TfTensor, b: TfTensor): boolean =>
  heapOf(tf) !== undefined &&
  Math.max(elementCount(a.shape.slice(0, -2)), elementCount(b.shape.slice(0, -2))) > 1 &&
  elementCount(a.shape.slice(-2)) * (b.shape.at(-1) as number) >= LARGE_PRODUCT

/** The products of a batch, of equal sizes on both sides or of one matrix on one of them, each for itself. See on-wasm.ts. */
function oneByOne(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const outer = [a, b].map((x) => x.shape.slice(0, -2)).reduce((p, q) => (elementCount(p) > elementCount(q) || p.length > q.length ? p : q))
  const matrix = (x: TfTensor, i: number): TfTensor => {
    const [rows, columns] = x.shape.slice(-2) as [number, number]
    const all = tf.reshape(x, [x.size / (rows * columns), rows, columns])
    return tf.reshape(slice(tf, all, [all.shape[0] === 1 ? 0 : i, 0, 0], [1, rows, columns]), [rows, columns])
  }
  const products = Array.from({ length: elementCount(outer) }, (_, i) =>
    tf.tidy(() => tf.matMul(matrix(a, i), rightSide(tf, matrix(b, i)))),
  )
  return tf.reshape(tf.stack(products), [...outer, a.shape.at(-2) as number, b.shape.at(-1) as number])
}

/**
 * A product of matrices. webgl: a texel holds 2 x 2 elements, kernels leave there whatever they make of nothing (exp leaves 1, log an infinity),
 * and the product along an odd axis adds what lies behind its end. A row and a column of zeros make the axis even. wasm: see rightSide.
 */
export function matMul(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const inner = a.shape.length - 1
  if (isSlowBatch(tf, a, b)) return oneByOne(tf, a, b)
  if ((a.shape[inner] as number) % 2 === 0 || tf.getBackend() !== 'webgl') return tf.matMul(a, rightSide(tf, b))
  const even = (x: TfTensor, axis: number): TfTensor =>
    pad(
      tf,
      x,
      x.shape.map((_, i): [number, number] => [0, i === axis ? 1 : 0]),
    )
  return tf.matMul(even(a, inner), even(b, b.shape.length - 2))
}

/** webgl: a NaN leaves its texel as it is, the three elements beside it too, and so does one that a kernel left behind the end of an odd axis. */
export function clip(tf: TensorFlow, x: TfTensor, min: number, max: number): TfTensor {
  return tf.getBackend() === 'webgl' ? tf.minimum(tf.maximum(x, min), max) : tf.clipByValue(x, min, max)
}

/** 2 pi as a short number, whose products with small integers are exact, and the rest. */
const [TURN, REST] = [6.28125, 2 * Math.PI - 6.28125]
/** The series of sin(x) / x in x^2, without its 1: to 6e-8 up to half of pi. */
const SINE = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800]

/** webgl, webgpu: a shader's own sine may be off by 2^-11, and is by 2e-4 in software. Here it is a polynomial, of x less full turns, folded at pi / 2. */
export function sine(tf: TensorFlow, x: TfTensor): TfTensor {
  if (tf.getBackend() !== 'webgl' && !onWebGpu(tf)) return tf.sin(x)
  const turns = tf.round(tf.mul(x, 0.5 / Math.PI))
  const left = tf.sub(tf.sub(x, tf.mul(turns, TURN)), tf.mul(turns, REST))
  const low = tf.minimum(left, tf.sub(Math.PI, left))
  const near = tf.maximum(low, tf.sub(-Math.PI, low))
  const square = tf.mul(near, near)
  const series = SINE.reduceRight<TfTensor>((sum, factor) => tf.mul(tf.add(sum, factor), square), tf.zerosLike(square))
  return tf.add(near, tf.mul(near, series))
}

/** See sine. */
export function cosine(tf: TensorFlow, x: TfTensor): TfTensor {
  return tf.getBackend() === 'webgl' || onWebGpu(tf) ? sine(tf, tf.add(x, Math.PI / 2)) : tf.cos(x)
}
