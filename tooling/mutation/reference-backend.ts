import { type Backend, evaluate, type TensorValue } from '@equivar/tensor'

/** The values of an output in the array of its type. */
function typed({ dtype, data }: { readonly dtype: TensorValue['dtype']; readonly data: ArrayLike<number> }): TensorValue['data'] {
  if (dtype === 'int64') return BigInt64Array.from(data, BigInt)
  if (dtype === 'float32') return Float32Array.from(data)
  return dtype === 'int32' ? Int32Array.from(data) : dtype === 'float16' ? Uint16Array.from(data) : Uint8Array.from(data)
}

/** The float64 reference in the place of ONNX Runtime: mutants of layers are mutants of expressions, which need not be compiled for a device to be noticed. */
export const onnxBackend = (): Backend => ({
  name: 'onnx/cpu',
  compile: async (program, { values: fixed = {} }: { readonly values?: Readonly<Record<string, TensorValue>> } = {}) => ({
    run: async (feeds) => {
      const host = Object.entries(feeds).map(async ([name, { dtype, shape, data }]) => {
        const values = typeof data === 'function' ? await data() : data
        return [name, { dtype, shape, data: values }] as const
      })
      const outputs = evaluate(program, { ...fixed, ...Object.fromEntries(await Promise.all(host)) })
      return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => {
          const data = typed(value)
          return [name, { dtype: value.dtype, shape: value.shape, data: async () => data, dispose: () => {} }]
        }),
      )
    },
    dispose: async () => {},
  }),
})
