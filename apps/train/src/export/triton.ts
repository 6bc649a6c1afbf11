import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'
import { type DataType, elementCount } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { EnumName, type TextMessage, textFormat } from './text-format.ts'

/** Options of a model in Triton. */
export interface TritonOptions {
  /** The name of the model and of its folder. */
  readonly name: string
  readonly device: 'cpu' | 'cuda' | 'tensorrt'
  /** Largest number of examples in a run; 0: no batching. */
  readonly maxBatch: number
  /** Number of model instances, per GPU on GPUs. */
  readonly instances: number
  /** Threads per instance on a CPU; 0: one per core. */
  readonly threads: number
  /** Microseconds that a request waits for others. */
  readonly maxDelay: number
  /** Names of the classes of `logits`. */
  readonly classes: readonly string[]
  /** The folder in which TensorRT keeps its engines, on the machine of the server; undefined: they are built at each start. Engines are code: nobody else may write there. */
  readonly engineCache?: string
  /** Whether the file computes in float16. */
  readonly float16: boolean
}

/** The files of a model's folder by path, without the model itself. */
export type TritonFiles = Readonly<Record<string, string | Uint8Array>>

const types: Readonly<Record<DataType, string>> = {
  float32: 'TYPE_FP32',
  float16: 'TYPE_FP16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
}

/** The value of symbolic sizes in warm-up requests. */
const WARM_UP_SIZE = 8
const QUEUE = 1024

/**
 * Whether Triton can join requests, which it does by concatenation along the first axis: the first axis of every input and output must be the batch. Sparse
 * graphs cannot be joined this way: their first axis is that of the nodes, and the indices of their edges would be wrong.
 */
export function isBatched({ inputs, outputs }: OnnxDescription): boolean {
  return [...inputs, ...outputs].every(({ shape }) => shape[0] === 'batch')
}

const sizes = (shape: OnnxValue['shape']): number[] => shape.map((size) => (typeof size === 'number' ? size : -1))

function typeOf({ name, dtype }: OnnxValue): EnumName {
  if (dtype === undefined)
    throw new UsageError(
      `--what triton: expected inputs and outputs of float32, float16, int32, int64 or bool, received another type for "${name}"`,
    )
  return new EnumName(types[dtype])
}

/** The dimensions of an input or output. Triton has no scalars; they are sent as [1]. */
const shapeOf = (shape: OnnxValue['shape'], batched: boolean): TextMessage => {
  const own = sizes(batched ? shape.slice(1) : shape)
  return own.length > 0 ? { dims: own } : { dims: [1], reshape: { shape: [] } }
}

/** Data that every model accepts: masks are true, there is one graph, edges join node 0 to itself, and all other values are 1. */
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

function accelerator({ device, float16, engineCache }: TritonOptions): TextMessage | undefined {
  if (device === 'cpu') return undefined
  if (device === 'cuda')
    return { name: 'cuda', parameters: parameters({ cudnn_conv_use_max_workspace: '1', use_ep_level_unified_stream: '1' }) }
  const settings = {
    precision_mode: float16 ? 'FP16' : 'FP32',
    max_workspace_size_bytes: String(2 ** 30),
    trt_engine_cache_enable: engineCache === undefined ? '0' : '1',
    ...(engineCache === undefined ? {} : { trt_engine_cache_path: engineCache }),
  }
  return { name: 'tensorrt', parameters: parameters(settings) }
}

/**
 * The files of a model in a Triton model repository, for the ONNX Runtime backend.
 *
 * Triton joins requests of equal shapes along the batch axis, without padding, if all inputs and outputs start with it. Ragged batching does not help, because
 * the backend flattens ragged inputs to one axis. Sparse graphs get max_batch_size 0; a client must join them.
 *
 * @returns `config.pbtxt`, `labels.txt` if the classes have names, and `warmup/`.
 * @throws UsageError if Triton does not support a type, or the name is not valid for a folder.
 * @see ModelConfig in https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 */
export function tritonFiles(model: OnnxDescription, options: TritonOptions): TritonFiles {
  const { name, device, maxBatch, instances, threads, maxDelay, classes } = options
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
    throw new UsageError(`--name: expected a model name of letters, digits, ".", "_" and "-", received "${name}"`)
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
