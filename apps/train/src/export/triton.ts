import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { EnumName, type TextMessage, textFormat } from './text-format.ts'

/** How a model is to be served. */
export interface TritonOptions {
  /** The model's name, which is its folder's. */
  readonly name: string
  readonly device: 'cpu' | 'cuda' | 'tensorrt'
  /** Most examples of one run; 0 switches batching off. */
  readonly maxBatch: number
  /** Copies of the model, of every GPU on GPUs. */
  readonly instances: number
  /** Threads of each copy on a cpu; 0 leaves the choice to ONNX Runtime: one a core. */
  readonly threads: number
  /** Microseconds that a request may wait for others. */
  readonly maxDelay: number
  /** Names of the classes of `logits`. */
  readonly classes: readonly string[]
  /** Whether the file computes in float16. */
  readonly float16: boolean
}

/** Files of a model's folder by their paths in it, beside the model itself. */
export type TritonFiles = Readonly<Record<string, string | Uint8Array>>

const types: Readonly<Record<DataType, string>> = {
  float32: 'TYPE_FP32',
  float16: 'TYPE_FP16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
}

/** Every size that is not fixed is this large in the request that warms up. */
const WARM_UP_SIZE = 8
const QUEUE = 1024

/**
 * Whether requests can be joined the way Triton does it, one after the other along the first axis: all inputs and outputs must begin with the batch. The
 * nodes of sparse graphs begin with the nodes, and their edges would point at the wrong ones, so these are not.
 */
export function isBatched({ inputs, outputs }: OnnxDescription): boolean {
  return [...inputs, ...outputs].every(({ shape }) => shape[0] === 'batch')
}

const sizes = (shape: OnnxValue['shape']): number[] => shape.map((size) => (typeof size === 'number' ? size : -1))

function typeOf({ name, dtype }: OnnxValue): EnumName {
  if (dtype === undefined) throw new UsageError(`--what triton: expected inputs and outputs of types that Equivar has, received "${name}"`)
  return new EnumName(types[dtype])
}

/** Triton has no tensors without axes; one of them is sent as [1]. */
const shapeOf = (shape: OnnxValue['shape'], batched: boolean): TextMessage => {
  const own = sizes(batched ? shape.slice(1) : shape)
  return own.length > 0 ? { dims: own } : { dims: [1], reshape: { shape: [] } }
}

/** A request that every model takes: true masks, one graph, ones elsewhere; nodes and edges are all node 0 of graph 0. */
function warmUpData({ name, dtype }: OnnxValue, count: number): Uint8Array {
  if (dtype === 'bool') return new Uint8Array(count).fill(1)
  if (dtype === 'float32') return new Uint8Array(new Float32Array(count).fill(1).buffer)
  if (dtype === 'float16') return new Uint8Array(new Uint16Array(count).fill(0x3c00).buffer)
  const value = name === 'num_graphs' ? 1 : 0
  return new Uint8Array((dtype === 'int32' ? new Int32Array(count).fill(value) : new BigInt64Array(count).fill(BigInt(value))).buffer)
}

function warmUp(inputs: readonly OnnxValue[], batched: boolean, maxBatch: number): { messages: TextMessage[]; files: TritonFiles } {
  const files: Record<string, Uint8Array> = {}
  const entries = inputs.map((input) => {
    const shape = (batched ? input.shape.slice(1) : input.shape).map((size) => (typeof size === 'number' ? size : WARM_UP_SIZE))
    files[`warmup/${input.name}`] = warmUpData(input, elementCount(shape))
    return { key: input.name, value: { data_type: typeOf(input), dims: shape.length > 0 ? shape : [1], input_data_file: input.name } }
  })
  const batches = batched && maxBatch > 1 ? [1, maxBatch] : [1]
  return { messages: batches.map((batch) => ({ name: `batch of ${batch}`, batch_size: batch, inputs: entries })), files }
}

const parameters = (entries: Readonly<Record<string, string>>): TextMessage[] =>
  Object.entries(entries).map(([key, value]) => ({ key, value }))

function accelerator({ device, float16, name }: TritonOptions): TextMessage | undefined {
  if (device === 'cpu') return undefined
  if (device === 'cuda')
    return { name: 'cuda', parameters: parameters({ cudnn_conv_use_max_workspace: '1', use_ep_level_unified_stream: '1' }) }
  const settings = {
    precision_mode: float16 ? 'FP16' : 'FP32',
    max_workspace_size_bytes: String(2 ** 30),
    trt_engine_cache_enable: '1',
    trt_engine_cache_path: `/tmp/tensorrt-${name}`,
  }
  return { name: 'tensorrt', parameters: parameters(settings) }
}

/**
 * The files of a model in a Triton model repository, for the ONNX Runtime backend.
 *
 * Models whose inputs and outputs begin with the batch are batched by Triton, requests of equal shapes only: it joins them along the batch and pads nothing.
 * Ragged batching is no way around it, as that backend flattens ragged inputs to one axis. Sparse graphs have max_batch_size 0: a client joins them into one.
 *
 * @returns `config.pbtxt`, `labels.txt` where classes have names, and `warmup/`.
 * @throws UsageError if a type is not one of Triton's, or the name is no name of a folder.
 * @see ModelConfig in https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 */
export function tritonFiles(model: OnnxDescription, options: TritonOptions): TritonFiles {
  const { name, device, maxBatch, instances, threads, maxDelay, classes } = options
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
    throw new UsageError(`--name: expected letters, digits, ".", "_" and "-" for the name of a model, received "${name}"`)
  const batched = maxBatch > 0 && isBatched(model)
  const labelled = (value: OnnxValue): boolean => value.name === 'logits' && classes.length > 0 && value.shape.at(-1) === classes.length
  const warm = warmUp(model.inputs, batched, maxBatch)
  const faster = accelerator(options)
  const config: TextMessage = {
    name,
    backend: 'onnxruntime',
    platform: 'onnxruntime_onnx',
    default_model_filename: 'model.onnx',
    max_batch_size: batched ? maxBatch : 0,
    input: model.inputs.map((value) => ({ name: value.name, data_type: typeOf(value), ...shapeOf(value.shape, batched) })),
    output: model.outputs.map((value) => ({
      name: value.name,
      data_type: typeOf(value),
      ...shapeOf(value.shape, batched),
      ...(labelled(value) ? { label_filename: 'labels.txt' } : {}),
    })),
    version_policy: { latest: { num_versions: 1 } },
    instance_group: [{ count: instances, kind: new EnumName(device === 'cpu' ? 'KIND_CPU' : 'KIND_GPU') }],
    dynamic_batching: batched
      ? { max_queue_delay_microseconds: maxDelay, default_queue_policy: { timeout_action: new EnumName('REJECT'), max_queue_size: QUEUE } }
      : undefined,
    optimization: faster === undefined ? undefined : { execution_accelerators: { gpu_execution_accelerator: [faster] } },
    parameters: device === 'cpu' && threads > 0 ? [{ key: 'intra_op_thread_count', value: { string_value: String(threads) } }] : undefined,
    model_warmup: warm.messages,
  }
  return {
    'config.pbtxt': textFormat(config),
    ...(model.outputs.some(labelled) ? { 'labels.txt': `${classes.join('\n')}\n` } : {}),
    ...warm.files,
  }
}
