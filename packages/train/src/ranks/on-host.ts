import type { DeviceTensor, TensorValue } from '@equivar/tensor'

/** A value of the host as a backend returns values. */
export const onHost = ({ dtype, shape, data }: TensorValue): DeviceTensor => ({ dtype, shape, data: async () => data, dispose: () => {} })

export const isOnDevice = (value: TensorValue | DeviceTensor): value is DeviceTensor => typeof value.data === 'function'

/** A whole number as the value of an input. */
export const scalar = (value: number): TensorValue => ({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) })
