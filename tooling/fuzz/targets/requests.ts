import { acceptRequest, batchRecipe, RequestError } from '@equivar/batching'
import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { FeedError } from '@equivar/tensor'
import { RequestFailure } from '../../../apps/infer/src/errors.ts'
import { readInferRequest } from '../../../apps/infer/src/protocol/infer-request.ts'
import { UsageError } from '../../../apps/train/src/errors.ts'
import { readExample } from '../../../apps/train/src/predict/examples.ts'
import { latin1, type Target, text } from '../target.ts'

const value = (name: string, dtype: OnnxValue['dtype'], ...shape: (number | string)[]): OnnxValue => ({ name, dtype, shape })
const sets: OnnxDescription = {
  inputs: [value('x', 'float32', 'batch', 'n', 3), value('mask', 'bool', 'batch', 'n')],
  outputs: [value('logits', 'float32', 'batch', 2)],
  metadata: {},
}
const graphs: OnnxDescription = {
  inputs: [
    value('x', 'float32', 'nodes', 2),
    value('edge_index', 'int64', 2, 'edges'),
    value('batch', 'int64', 'nodes'),
    value('num_graphs', 'int64'),
  ],
  outputs: [value('y', 'float32', 'graphs')],
  metadata: { 'equivar.binds': '{"num_graphs":"graphs"}' },
}
const recipes = [batchRecipe(sets), batchRecipe(graphs)]

/** Reads a body behind a byte: odd if the JSON has numbers behind it, of sets or of graphs by its second bit. */
function readBody(bytes: Uint8Array): unknown {
  const binary = (bytes[0] ?? 0) % 2 === 1
  const body = Buffer.from(bytes.subarray(1))
  const end = body.lastIndexOf('}') + 1
  const { inputs, outputs } = (bytes[0] ?? 0) % 4 < 2 ? sets : graphs
  const request = readInferRequest(body, binary ? `${end}` : undefined, { inputs, outputs, maxElements: 1e6 })
  return acceptRequest(recipes[(bytes[0] ?? 0) % 4 < 2 ? 0 : 1] as (typeof recipes)[0], request.values)
}

const set = {
  id: '1',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] }],
  outputs: [{ name: 'logits' }],
}
const graph = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [2, 2], data: [[1, 2], [3, 4]] },
    { name: 'edge_index', datatype: 'INT64', shape: [2, 2], data: [0, 1, 1, 0] },
  ],
} // biome-ignore format: shapes show
const binary = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2, 3], parameters: { binary_data_size: 24 } }],
  outputs: [{ name: 'logits', parameters: { binary_data: true } }],
}
const json = (value: unknown): Uint8Array => text(JSON.stringify(value))
const body = (first: number, value: unknown, behind = 0): Uint8Array =>
  Buffer.concat([Uint8Array.of(first), json(value), new Uint8Array(behind)])
const words = [
  'name',
  'inputs',
  'outputs',
  'datatype',
  'FP16',
  'INT64',
  'BOOL',
  'BYTES',
  'shape',
  'data',
  'parameters',
  'binary_data_size',
  'mask',
  'batch',
]

export const requestTargets: readonly Target[] = [
  {
    name: 'request',
    read: readBody,
    errors: [RequestFailure, RequestError],
    forms: [
      { kind: 'json', seeds: [json(set)], words, wrap: (mutant) => Buffer.concat([Uint8Array.of(0), mutant]) },
      { kind: 'json', seeds: [json(graph)], words, wrap: (mutant) => Buffer.concat([Uint8Array.of(2), mutant]) },
      { kind: 'bytes', seeds: [body(1, binary, 24), body(0, set)] },
      {
        kind: 'json',
        seeds: [json(binary)],
        words,
        wrap: (mutant) => Buffer.concat([Uint8Array.of(1), mutant, new Uint8Array(24)]),
      },
    ],
    corpus: {
      'bits that are not a number': Buffer.concat([Uint8Array.of(1), json(binary), new Uint8Array(24).fill(255)]),
      'brackets only': Buffer.concat([Uint8Array.of(0), text('['.repeat(500_000))]),
      'an id nested deep': text(`\0${JSON.stringify(set).replace('"1"', '['.repeat(20_000) + ']'.repeat(20_000))}`),
    },
  },
  {
    name: 'ndjson',
    read: (bytes) => readExample(recipes[latin1(bytes).includes('edge_index') ? 1 : 0] as (typeof recipes)[0], latin1(bytes)),
    errors: [UsageError, RequestError, FeedError],
    forms: [
      {
        kind: 'json',
        seeds: [text('{"x":[[1,2,3],[4,5,6]]}'), text('{"x":[[1,2]],"edge_index":[[0],[0]]}')],
        words: ['x', 'mask', 'edge_index', 'num_graphs'],
      },
    ],
    corpus: { 'a line nested 30,000 deep': text(`{"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`) },
  },
]
