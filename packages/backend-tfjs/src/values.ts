import {
  type DataType,
  type DeviceTensor,
  elementCount,
  emptyArray,
  FeedError,
  type TensorValue,
  type TypedArray,
  toNumbers,
} from '@equivar/tensor'
import type * as core from '@tensorflow/tfjs-core'
import type { RequireDevice } from './require-device.ts'

/** The TensorFlow.js that the caller hands in: `import * as tf from '@tensorflow/tfjs'`, or `@tensorflow/tfjs-core` with a backend. */
export type TensorFlow = Omit<typeof core, 'default'>
/** A tensor of TensorFlow.js. */
export type TfTensor = core.Tensor
/** Its types; the 64-bit integers of Programs are 32-bit ones there. */
export type TfType = 'float32' | 'int32' | 'bool'

/** The type that stands for one of ours. */
export function tfType(dtype: DataType): TfType {
  if (dtype === 'bool') return 'bool'
  return dtype === 'int32' || dtype === 'int64' ? 'int32' : 'float32'
}

const INT32 = 2 ** 31

function integers(name: string, data: TypedArray): Int32Array {
  return Int32Array.from(data as Int32Array, (value) => {
    const number = Number(value)
    if (number >= INT32 || number < -INT32)
      throw new FeedError(`run: expected integers of 32 bits in "${name}", which is what TensorFlow.js has, received ${number}.`)
    return number
  })
}

/** Numbers on the host as a tensor. @throws FeedError if an integer does not fit 32 bits. */
export function toTensor(tf: TensorFlow, name: string, { dtype, shape, data }: TensorValue): TfTensor {
  const type = tfType(dtype)
  // tf.tensor keeps the array that it is given.
  const numbers =
    type === 'int32'
      ? integers(name, data)
      : type === 'bool'
        ? Uint8Array.from(data as Uint8Array)
        : Float32Array.from(data instanceof Uint16Array ? toNumbers(data) : (data as Float32Array))
  return tf.tensor(numbers, [...shape], type)
}

/** A tensor that TensorFlow.js holds, on whatever device its backend has. */
export class TfjsTensor implements DeviceTensor {
  readonly dtype: DataType
  readonly tensor: TfTensor
  readonly #requireDevice: RequireDevice

  constructor(dtype: DataType, tensor: TfTensor, requireDevice: RequireDevice) {
    this.dtype = dtype
    this.tensor = tensor
    this.#requireDevice = requireDevice
  }

  get shape(): readonly number[] {
    return this.tensor.shape
  }

  async data(): Promise<TypedArray> {
    if (elementCount(this.shape) === 0) return emptyArray(this.dtype, 0)
    const numbers = await this.#requireDevice.explains(() => this.tensor.data())
    this.#requireDevice()
    if (this.dtype === 'int64') return BigInt64Array.from(numbers, BigInt)
    return numbers as TypedArray
  }

  dispose(): void {
    if (!this.tensor.isDisposed) this.tensor.dispose()
  }
}
