import type { DeviceTensor, TensorValue, TypedArray } from '@equivar/tensor'
import type { Ranks, Reduced } from './ranks.ts'

/** Numbers that are added as one buffer. */
type Kind = 'float32' | 'float64' | 'int64'

/** int32 is added as float64, which holds its sums exactly. */
function kindOf(data: TypedArray): Kind {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof BigInt64Array ? 'int64' : 'float64'
}

const bufferOf = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array } as const

interface Read {
  readonly name: string
  readonly dtype: TensorValue['dtype']
  readonly shape: readonly number[]
  readonly data: TypedArray
}

const withData = ({ dtype, shape }: Read, data: Reduced): TensorValue => ({
  dtype,
  shape,
  data: dtype === 'int32' ? Int32Array.from(data as Float64Array) : data,
})

/** Adds up those of one kind, one after another in one buffer. */
async function reduceKind(ranks: Ranks, kind: Kind, reads: readonly Read[]): Promise<(readonly [string, TensorValue])[]> {
  const flat = new bufferOf[kind](reads.reduce((length, { data }) => length + data.length, 0)) as Reduced
  const starts = reads.map(() => 0)
  let end = 0
  for (const [i, { data }] of reads.entries()) {
    starts[i] = end
    ;(flat as Float64Array).set(data as Float64Array, end)
    end += data.length
  }
  if (end > 0) await ranks.allreduce(flat, 'sum')
  return reads.map((one, i) => {
    const start = starts[i] as number
    return [one.name, withData(one, flat.subarray(start, start + one.data.length) as Reduced)]
  })
}

/** The sums of these tensors over all ranks, by name, on the host: one allreduce for each type of numbers. Frees the tensors. */
export async function reduceAll(ranks: Ranks, tensors: Readonly<Record<string, DeviceTensor>>): Promise<Record<string, TensorValue>> {
  const reads = await Promise.all(
    Object.entries(tensors).map(
      async ([name, tensor]): Promise<Read> => ({ name, dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() }),
    ),
  )
  const kinds = (['float32', 'float64', 'int64'] as const).map((kind) => [kind, reads.filter(({ data }) => kindOf(data) === kind)] as const)
  const reduced: (readonly [string, TensorValue])[] = []
  for (const [kind, own] of kinds) if (own.length > 0) reduced.push(...(await reduceKind(ranks, kind, own)))
  for (const tensor of Object.values(tensors)) tensor.dispose()
  return Object.fromEntries(reduced)
}
