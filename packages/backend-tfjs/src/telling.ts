import { isNode, type Node, tellSizes } from '@equivar/tensor'
import type { TensorFlow, TfTensor } from './values.ts'

/** Operators that tell sizes when they run: their numbers are read at once, so they run outside of the kernels. */
export type Telling = 'NonZero' | 'AsSizes'

/** Where the elements are that are not 0, one column each. */
function nonZero(tf: TensorFlow, x: TfTensor): TfTensor {
  const numbers = x.dataSync()
  const found = [...numbers.keys()].filter((i) => Number(numbers[i]) !== 0)
  const places = x.shape.flatMap((size, axis) => {
    const stride = x.shape.slice(axis + 1).reduce((n, d) => n * d, 1)
    return found.map((i) => Math.floor(i / stride) % size)
  })
  return tf.tensor(places, [x.shape.length, found.length], 'int32')
}

/** @throws Error on WebGPU, where numbers cannot be read at once: TensorFlow.js loses the device. */
export function demandReadable(tf: TensorFlow, { operator: { name } }: Node): void {
  if (tf.getBackend() !== 'webgpu') return
  throw new Error(
    `compile: expected a Program whose sizes are told by its inputs, as tfjs/webgpu cannot read numbers at once, received ${name}. Use tfjs on wasm or WebGL, or ONNX Runtime.`,
  )
}

/** Runs a node that tells sizes, and takes them. @throws FeedError if a size is not what the Program says. */
export function runTelling(tf: TensorFlow, node: Node, [x]: readonly TfTensor[], sizes: Map<string, number>): readonly TfTensor[] {
  if (x === undefined || !(isNode(node, 'NonZero') || isNode(node, 'AsSizes')))
    throw new Error(`run: TensorFlow.js has no kernel for ${node.operator.name}. Run the Program on ONNX Runtime.`)
  const y = isNode(node, 'NonZero') ? nonZero(tf, x) : tf.clone(x)
  tellSizes(node, [y.shape], isNode(node, 'AsSizes') ? y.dataSync() : [], sizes)
  return [y]
}
