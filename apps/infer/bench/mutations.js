/** Invalid requests, each made by one change of a valid request. */
import { inferPath, message } from './messages.js'

/**
 * @typedef {object} Mutant
 * @property {string} kind - the name of the mutation.
 * @property {string} path
 * @property {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @property {Record<string, string>} headers
 * @property {string | Buffer | undefined} body
 * @property {boolean} isWrong - false if the request may still be valid; then status 200 is allowed, too.
 *
 * @typedef {import('@equivar/tensor/random').Random} Random
 * @typedef {import('./workloads.js').Workload} Workload
 */

/** @template T @param {Random} random @param {readonly T[]} list @returns {T} */
const pick = (random, list) => /** @type {T} */ (list[random.integer(list.length)])

/** @param {Random} random @param {Buffer} body */
function disturbBytes(random, body) {
  const bytes = Buffer.from(body)
  const at = random.integer(bytes.length)
  const length = 1 + random.integer(8)
  switch (random.integer(4)) {
    case 0:
      bytes[at] = random.integer(256)
      return bytes
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 2:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(pick(random, ['"', '{', '[', ',', '\0', '-', 'e9', '\\u0000', '[[[['])),
        bytes.subarray(at),
      ])
    default:
      return bytes.subarray(0, at)
  }
}

/** JSON values that are invalid for most members. */
const oddities = [null, true, 'text', -1, 0.5, 1e300, 2 ** 53, {}, [], [null], ['1'], [{}], { length: 3 }]

/** Wrong sizes. */
const oddSizes = [-1, 0.5, '2', null, 2 ** 31, 2 ** 53, 1e18, 1e300, [1], {}]

/**
 * Changes of the parsed request; each makes it invalid.
 *
 * @type {Record<string, (random: Random, request: any) => void>}
 */
const structural = {
  'no inputs': (_, request) => delete request.inputs,
  'inputs of another kind': (random, request) => {
    request.inputs = pick(random, [null, {}, 'x', 3, [null], [3], [[]], []])
  },
  'an input is missing': (_, request) => {
    request.inputs = request.inputs.filter(({ name }) => name !== 'x')
  },
  'an input twice': (random, request) => request.inputs.push(pick(random, request.inputs)),
  'an unknown input': (random, request) =>
    request.inputs.push({ ...request.inputs[0], name: pick(random, ['y', '', '__proto__', 'constructor']) }),
  'an odd name': (random, request) => {
    pick(random, request.inputs).name = pick(
      random,
      oddities.filter((oddity) => typeof oddity !== 'string'),
    )
  },
  'another datatype': (random, request) => {
    const input = request.inputs[0]
    input.datatype = pick(random, ['FP64', 'FP16', 'INT64', 'BOOL', 'BYTES', 'fp32', '', null, 3, {}])
  },
  'an odd shape': (random, request) => {
    pick(random, request.inputs).shape = pick(
      random,
      oddities.filter((oddity) => !Array.isArray(oddity)),
    )
  },
  'an odd size': (random, request) => {
    const { shape } = request.inputs[0]
    shape[random.integer(shape.length)] = pick(random, oddSizes)
  },
  'huge sizes': (random, request) => {
    request.inputs[0].shape = request.inputs[0].shape.map(() => pick(random, [65536, 2 ** 31, 2 ** 40]))
  },
  'another rank': (random, request) => {
    const { shape } = request.inputs[0]
    request.inputs[0].shape = random.integer(2) === 0 ? [...shape, 1] : shape.slice(1)
  },
  'data too long': (_, request) => request.inputs[0].data.push(1),
  'data too short': (_, request) => request.inputs[0].data.pop(),
  'data of another kind': (random, request) => {
    pick(random, request.inputs).data = pick(random, [null, 'AAAA', 3, {}, undefined])
  },
  'an odd element': (random, request) => {
    const { data } = request.inputs[0]
    data[random.integer(data.length)] = pick(random, [null, 'NaN', '1', {}, [[]], true])
  },
  'an unknown output': (random, request) => {
    request.outputs = [{ name: pick(random, ['nothing', '', '__proto__']) }]
  },
  'odd outputs': (random, request) => {
    request.outputs = pick(random, [3, 'logits', {}, [3], [null], [{}], [{ name: 3 }]])
  },
  'an odd id': (random, request) => {
    request.id = pick(random, [3, {}, [], true])
  },
}

/** Texts that are not a JSON object, or one that is too deep or too large. */
const texts = {
  empty: () => '',
  'not JSON': (random) =>
    pick(random, ['NaN', '{', '}', '{"inputs":', "{'inputs': []}", '\u0000', 'undefined', '<xml/>', '{"inputs":[NaN]}', '\uFEFF{}x']),
  'not an object': (random) => pick(random, ['null', '3', '"x"', '[]', 'true']),
  deep: (random) => '['.repeat(1000 + random.integer(50_000)),
  'deep inside': (random) => {
    const depth = 1000 + random.integer(5000)
    return `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":${'['.repeat(depth)}1${']'.repeat(depth)}}]}`
  },
  'NaN in the data': () => '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[NaN]}]}',
}

/** @param {Random} random @param {Workload} workload @returns {Mutant} */
function textMutant(random, workload) {
  const right = { ...message(workload, 'json'), isWrong: true }
  if (random.integer(5) === 0) {
    const kind = pick(random, Object.keys(texts))
    return { ...right, kind, body: texts[kind](random) }
  }
  if (random.integer(4) === 0) return { ...right, kind: 'disturbed text', body: disturbBytes(random, right.body), isWrong: false }
  const kind = pick(random, Object.keys(structural))
  const request = JSON.parse(right.body.toString())
  structural[kind](random, request)
  return { ...right, kind, body: JSON.stringify(request) }
}

/**
 * Changes of the header and the parts of a binary request.
 *
 * @type {Record<string, (random: Random, right: import('./messages.js').Message) => { headers?: Record<string, string>, body?: Buffer, isWrong?: boolean }>}
 */
const binary = {
  'an odd header length': (random, { headers, body }) => {
    const length = pick(random, [
      '-1',
      '0',
      '1',
      '1e3',
      'x',
      '',
      '0x10',
      '99999999999999999999',
      String(body.length + 1),
      String(2 ** 53),
      '12, 12',
    ])
    return { headers: { ...headers, 'inference-header-content-length': length } }
  },
  'no header length': (_, { headers }) => ({ headers: { 'content-type': /** @type {string} */ (headers['content-type']) } }),
  truncated: (random, { body }) => ({ body: body.subarray(0, random.integer(body.length)) }),
  'more bytes': (random, { body }) => ({ body: Buffer.concat([body, Buffer.alloc(1 + random.integer(100))]) }),
  'another size of a part': (random, { headers, body }) =>
    rewritten(headers, body, (header) => {
      pick(random, header.inputs).parameters.binary_data_size = pick(random, [-1, 0, 0.5, 3, 2 ** 31, 2 ** 53, '8', null, {}])
    }),
  'another shape': (random, { headers, body }) =>
    rewritten(headers, body, (header) => {
      header.inputs[0].shape[0] += 1 + random.integer(1000)
    }),
  'another datatype': (random, { headers, body }) =>
    rewritten(headers, body, (header) => {
      header.inputs[0].datatype = pick(random, ['FP64', 'BOOL', 'BYTES', 'FP16', 'INT8'])
    }),
  'data beside the bytes': (_, { headers, body }) =>
    rewritten(headers, body, (header) => {
      header.inputs[0].data = [1]
    }),
  'disturbed bytes': (random, { body }) => ({ body: disturbBytes(random, body), isWrong: false }),
}

/** The JSON before the bytes changed, and its length with it. */
function rewritten(headers, body, change) {
  const length = Number(headers['inference-header-content-length'])
  const header = JSON.parse(body.toString('utf8', 0, length))
  change(header)
  const text = Buffer.from(JSON.stringify(header))
  return {
    headers: { ...headers, 'inference-header-content-length': String(text.length) },
    body: Buffer.concat([text, body.subarray(length)]),
  }
}

/** @param {Random} random @param {Workload} workload @returns {Mutant} */
function binaryMutant(random, workload) {
  const right = message(workload, 'binary')
  const kind = pick(random, Object.keys(binary))
  return { ...right, isWrong: true, kind: `bytes: ${kind}`, ...binary[kind](random, right) }
}

/** Names that would lead out of the folder of models, to a model that lies there, or to none. */
const elsewhere = [
  '../outside',
  '..%2foutside',
  '..%2Foutside.onnx',
  '%2e%2e%2foutside',
  '..%5coutside',
  '%2e%2e/outside',
  '..%252foutside',
  '....//outside',
  '.%00./outside',
  '..%c0%afoutside',
  '%2fetc%2fpasswd',
  '..',
  '.',
  '%2e',
  '',
  '%20',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  '%',
  '%zz',
  '%ff',
]

/** @param {Random} random @param {Workload} workload @returns {Mutant} */
function addressMutant(random, workload) {
  const right = message(workload, 'json')
  const name = pick(random, elsewhere)
  const version = pick(random, ['', '', '/versions/1', '/versions/..%2f..', '/versions/-1', '/versions/__proto__', '/versions/'])
  switch (random.integer(4)) {
    case 0:
      return { ...right, kind: `a name that leads elsewhere: ${name}`, path: `/v2/models/${name}${version}/infer`, isWrong: true }
    case 1:
      return {
        ...right,
        kind: `metadata of elsewhere: ${name}`,
        method: 'GET',
        body: undefined,
        headers: {},
        path: `/v2/models/${name}/versions/1`,
        isWrong: true,
      }
    case 2:
      return { ...right, kind: 'another method', method: pick(random, ['PUT', 'DELETE']), isWrong: true }
    default: {
      const type = pick(random, [
        'text/plain',
        'multipart/form-data',
        'application/x-www-form-urlencoded',
        '\u00ff',
        'application/json; charset=utf-16',
      ])
      return { ...right, kind: `content type ${type}`, headers: { 'content-type': type }, path: inferPath(workload.model), isWrong: false }
    }
  }
}

/**
 * An invalid request.
 *
 * @param {Random} random
 * @param {Workload} workload - a valid request.
 * @returns {Mutant}
 */
export function mutant(random, workload) {
  const chance = random.integer(10)
  if (chance < 5) return textMutant(random, workload)
  return chance < 9 ? binaryMutant(random, workload) : addressMutant(random, workload)
}
