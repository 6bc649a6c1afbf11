import { inputError } from './errors.ts'
import type { Tensor } from './tensors.ts'

/** How tensors are sent: as JSON, or as bytes after a JSON header (the protocol's binary tensor data extension). */
export type Encoding = 'json' | 'binary'

/** An inference request, not yet encoded. */
export interface InferenceRequest {
  readonly model: string
  readonly inputs: readonly Tensor[]
  readonly outputs?: readonly string[] | undefined
  readonly id?: string | undefined
}

/** Bytes as `fetch` sends them. TypeScript before 5.7 has no generic arrays, so that their type is that of what a function gives. */
export type OwnBytes = ReturnType<typeof Uint8Array.of>

/** An encoded request. */
export interface WrittenRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | OwnBytes
}

/** The header with the length of the JSON in a binary body, of requests and answers. */
export const headerLengthName = 'Inference-Header-Content-Length'

const member = (name: string, value: unknown): string[] => (value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`])

function numbers({ name, datatype, data }: Tensor, model: string): string {
  const where = `infer ${model}, input ${name}`
  if (datatype === 'FP16') throw inputError(where, 'a type that JSON can carry', 'FP16', "Send it with encoding: 'binary'.")
  if (datatype === 'BOOL') return Array.from(data as Uint8Array, (element) => element === 1).join(',')
  if (datatype === 'FP32' || datatype === 'FP64') {
    const wrong = (data as Float32Array).findIndex((element) => !Number.isFinite(element))
    if (wrong >= 0)
      throw inputError(
        where,
        'finite numbers, as JSON has no NaN and no infinities',
        `${data[wrong]} at ${wrong}`,
        "Send it with encoding: 'binary'.",
      )
  }
  return data.join(',')
}

/** Encodes a request as JSON. Numbers are written with the digits of float64, so float32 values arrive unchanged. */
export function writeJson({ model, inputs, outputs, id }: InferenceRequest): WrittenRequest {
  const tensors = inputs.map((tensor) => {
    const { name, shape, datatype } = tensor
    return `{"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype}","data":[${numbers(tensor, model)}]}`
  })
  const wanted = outputs?.map((name) => ({ name }))
  const body = `{${[...member('id', id), `"inputs":[${tensors.join(',')}]`, ...member('outputs', wanted)].join(',')}}`
  return { headers: { 'Content-Type': 'application/json' }, body }
}

/** Reverses the bytes of each element, in place. */
export function swapBytes(bytes: Uint8Array, elementSize: number): void {
  for (let start = 0; start < bytes.length; start += elementSize) bytes.subarray(start, start + elementSize).reverse()
}

/** Whether this machine is little-endian, as the protocol is. */
export const isLittleEndian = (): boolean => new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Encodes a request with the bytes of its tensors after the JSON, and requests binary outputs. */
export function writeBinary({ inputs, outputs, id }: InferenceRequest): WrittenRequest {
  const tensors = inputs.map(({ name, shape, datatype, data }) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: data.byteLength },
  }))
  const wanted = outputs?.map((name) => ({ name, parameters: { binary_data: true } }))
  const header = new TextEncoder().encode(
    JSON.stringify({ id, parameters: { binary_data_output: true }, inputs: tensors, outputs: wanted }),
  )
  const body = new Uint8Array(inputs.reduce((size, { data }) => size + data.byteLength, header.length))
  body.set(header)
  let offset = header.length
  for (const { data } of inputs) {
    body.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    if (!isLittleEndian()) swapBytes(body.subarray(offset, offset + data.byteLength), data.BYTES_PER_ELEMENT)
    offset += data.byteLength
  }
  return { headers: { 'Content-Type': 'application/octet-stream', [headerLengthName]: String(header.length) }, body }
}
