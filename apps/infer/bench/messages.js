/** The protocol's requests and answers, implemented independently of the client, so that both do not share an error. */

const datatypes = { float32: 'FP32', int64: 'INT64', int32: 'INT32', bool: 'BOOL' }

/**
 * @typedef {{ path: string, method: 'POST', headers: Record<string, string>, body: Buffer }} Message
 * @typedef {'json' | 'binary'} Encoding
 */

/** The path for requests to a model. @param {string} model */
export const inferPath = (model) => `/v2/models/${model}/infer`

/** The JSON of one tensor with its elements. @param {string} name @param {import('@equivar/tensor').TensorValue} value */
function inText(name, { dtype, shape, data }) {
  const elements = Array.from(/** @type {ArrayLike<number | bigint>} */ (data), (element) =>
    dtype === 'bool' ? element === 1 : Number(element),
  )
  return { name, datatype: datatypes[dtype], shape, data: elements }
}

/**
 * @param {import('./workloads.js').Workload} workload
 * @param {Encoding} encoding
 * @returns {Message}
 */
export function message({ model, feeds }, encoding) {
  const target = { path: inferPath(model), method: /** @type {const} */ ('POST') }
  const entries = Object.entries(feeds)
  if (encoding === 'json') {
    const body = Buffer.from(JSON.stringify({ inputs: entries.map(([name, value]) => inText(name, value)) }))
    return { ...target, headers: { 'content-type': 'application/json' }, body }
  }
  const inputs = entries.map(([name, { dtype, shape, data }]) => {
    return { name, datatype: datatypes[dtype], shape, parameters: { binary_data_size: data.byteLength } }
  })
  const header = Buffer.from(JSON.stringify({ parameters: { binary_data_output: true }, inputs }))
  const body = Buffer.concat([header, ...entries.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))])
  return {
    ...target,
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    body,
  }
}

/**
 * The shape and elements of each output of an answer.
 *
 * @param {Uint8Array} body
 * @param {string | string[] | undefined} headerLength
 * @returns {Record<string, { shape: number[], data: number[] }>}
 */
export function outputsOf(body, headerLength) {
  const length = headerLength === undefined ? body.length : Number(headerLength)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const { outputs } = JSON.parse(bytes.toString('utf8', 0, length))
  let offset = length
  const read = ({ datatype, data, parameters }) => {
    const size = parameters?.binary_data_size
    if (size === undefined) return data
    if (datatype !== 'FP32') throw new Error(`outputsOf: expected FP32, received ${datatype}.`)
    const numbers = Array.from({ length: size / 4 }, (_, i) => bytes.readFloatLE(offset + 4 * i))
    offset += size
    return numbers
  }
  return Object.fromEntries(outputs.map((output) => [output.name, { shape: output.shape, data: read(output) }]))
}
