import type { OnnxNode } from '@equivar/export-onnx'
import { type DataType, type TypedArray, toFloat16Bits } from '@equivar/tensor'
import { type Device, deviceRemedy, devices } from './devices.ts'
import { idleOptimizers } from './idle-optimizers.ts'
import { needsOneThread } from './model-file.ts'
import type { PieceLimits } from './piece-limits.ts'
import { nodesLeftToCpu } from './web-gpu.ts'

/** A tensor of ONNX Runtime, as far as this package uses it. */
export interface RuntimeTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
  readonly location: string
  getData(): Promise<unknown>
  dispose(): void
}

/** Tensors by name. */
export type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>

/** A session of ONNX Runtime, as far as this package uses it. */
export interface RuntimeSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: RuntimeTensors): Promise<RuntimeTensors>
  release(): Promise<void>
}

/** The module `onnxruntime-node` or `onnxruntime-web`, as far as this package uses it. */
export interface Runtime {
  readonly env: {
    logLevel?: string
    readonly versions?: { readonly web?: string }
    readonly wasm?: { wasmPaths?: unknown; numThreads?: number }
  }
  readonly InferenceSession: { create(model: Uint8Array | string, options: object): Promise<unknown> }
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => unknown
}

/** Settings of ONNX Runtime. */
export interface OnnxOptions {
  /**
   * The runtime, or how to load it when it is first needed; `onnxruntime-node` if left out. A browser needs one of onnxruntime-web's, which
   * differ in size and devices: `() => import('onnxruntime-web/wasm')` for the cpu alone, `() => import('onnxruntime-web/webgpu')` for both.
   */
  readonly runtime?: Runtime | (() => Promise<Runtime>)
  /** cpu if left out. One that is not there is an error, never another device in silence. */
  readonly device?: Device
  /** Browser: the folder of onnxruntime-web's `.wasm` and `.mjs` files, ending in `/`, or the address of each; beside the script if left out. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string }
  /**
   * Threads within an operator; 0, ONNX Runtime's own choice (one a physical core), if left out. A browser has one unless the page is isolated.
   * A Program has one at sizes that make so little work that more would take longer.
   * Files that add many rows by index (messages along edges, sets joined end to end) have one whatever is asked, and so have Programs with sums of very many:
   * ONNX Runtime loses some with more.
   */
  readonly threads?: number
  /**
   * Examples that are computed at a time on the cpu, so that they stay in its cache; as many as fit if left out, the whole batch if `false`. In training
   * gradients and losses are added up, in inference the rows of the outputs are joined: results are the same but for rounding. Programs that take
   * statistics over the batch (batch norm in training) are not cut.
   */
  readonly examplesPerPiece?: number | false
  /**
   * From how many bytes on a batch is taken in pieces, or in parts side by side: `defaultPieceLimits` if left out. Other limits add up examples in another order, so results differ in their last bits: keep them with what must be repeated to the bit.
   */
  readonly pieceLimits?: PieceLimits
  /** How far graphs are rewritten before they run; all if left out. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all'
  /** Whether memory is kept from run to run; true if left out. Faster, but the peak stays taken. */
  readonly memoryArena?: boolean
}

/** ONNX Runtime, or what is wrong with it. */
export class RuntimeError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'RuntimeError'
  }
}

/** A device that is not there, or lacks something. */
export class DeviceError extends RuntimeError {
  readonly device: Device
  /** What ONNX Runtime says of it. */
  readonly reason: string

  constructor(device: Device, reason: string, cause?: unknown) {
    super(`onnxBackend: the device "${device}" is not available here (${reason}). ${deviceRemedy(device)}`, cause)
    this.name = 'DeviceError'
    this.device = device
    this.reason = reason
  }
}

/** Loads the runtime that the options name. */
export async function loadRuntime({ runtime, wasmPaths, threads = 0 }: OnnxOptions): Promise<Runtime> {
  if (runtime === undefined) return loadNodeRuntime()
  const loaded = typeof runtime === 'function' ? await runtime() : runtime
  const { wasm } = loaded.env
  // They hold for the page and are read when the first session is opened; the options of a session do not know them.
  if (wasm !== undefined && wasmPaths !== undefined) wasm.wasmPaths = wasmPaths
  if (wasm !== undefined && threads > 0) wasm.numThreads = threads
  return loaded
}

async function loadNodeRuntime(): Promise<Runtime> {
  if ((globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === undefined)
    throw new RuntimeError(
      "onnxBackend: expected a runtime for the browser, received none. Hand one in: onnxBackend({ runtime: () => import('onnxruntime-web/wasm') }).",
    )
  try {
    // A name in a variable is left alone by bundlers, which would otherwise pack native code for the browser.
    const name = 'onnxruntime-node'
    const module = (await import(/* @vite-ignore */ name)) as { default?: Runtime } & Runtime
    const loaded = module.default ?? module
    // What goes wrong is thrown; the runtime's own lines on standard error say it twice.
    loaded.env.logLevel = 'fatal'
    return loaded
  } catch (cause) {
    throw new RuntimeError(
      'onnxBackend: expected the package onnxruntime-node, which could not be loaded. Install it: npm install onnxruntime-node.',
      cause,
    )
  }
}

/** What computes the model; WebGPU without the nodes that it gets wrong. */
function providersFor(device: Device, nodes: readonly OnnxNode[]): readonly (string | object)[] {
  const { providers } = devices[device]
  const names = device === 'webgpu' ? nodesLeftToCpu(nodes) : []
  return names.length === 0 ? providers : [{ name: 'webgpu', forceCpuNodeNames: names }]
}

/** Threads of onnxruntime-web are those of the page, not of a session. */
function demandOneThread({ wasm }: Runtime['env']): void {
  if (wasm === undefined) return
  const { numThreads = 1 } = wasm
  if (numThreads > 1)
    throw new RuntimeError(
      `onnxBackend: expected one thread for a model that adds many rows by index, as ONNX Runtime loses some with more, received ${numThreads} for the whole page. Give the first backend of the page { threads: 1 }.`,
    )
  wasm.numThreads = 1
}

/** Whether it runs in a browser. */
export const isInBrowser = ({ env }: Runtime): boolean => env.versions?.web !== undefined

/** The settings of a session for a model of these nodes. */
export function sessionSettings(nodes: readonly OnnxNode[], options: OnnxOptions, inBrowser: boolean): object {
  const { device = 'cpu', threads = 0, graphOptimization = 'all', memoryArena = true } = options
  return {
    executionProviders: providersFor(device, nodes),
    intraOpNumThreads: needsOneThread(nodes) ? 1 : threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: graphOptimization,
    enableCpuMemArena: memoryArena,
    // A pattern is a second copy of what the arena holds already: twice the memory, no time won (measured on all workloads of `equivar bench`).
    enableMemPattern: false,
    extra: { optimization: { disable_specified_optimizers: idleOptimizers(nodes).join(';') } },
    logSeverityLevel: 4,
    // onnxruntime-node (1.30) ends the process when a buffer on the GPU is read; there, outputs come to the host.
    ...(device === 'webgpu' && inBrowser ? { preferredOutputLocation: 'gpu-buffer' } : {}),
  }
}

/** Opens a session on the device asked for. @throws DeviceError if the device is not there, RuntimeError if the model is refused. */
export async function openSession(
  runtime: Runtime,
  model: Uint8Array | string,
  nodes: readonly OnnxNode[],
  options: OnnxOptions,
): Promise<RuntimeSession> {
  const { device = 'cpu' } = options
  const inBrowser = isInBrowser(runtime)
  if (inBrowser && device === 'cpu' && needsOneThread(nodes)) demandOneThread(runtime.env)
  try {
    return (await runtime.InferenceSession.create(model, sessionSettings(nodes, options, inBrowser))) as RuntimeSession
  } catch (cause) {
    // The runtime's own sources and conditions come before what went wrong.
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/^.* was false\.\s*/s, '').trim()
    const lacking = device !== 'cpu' && /provider|backend|library|adapter|not available|not supported/i.test(reason)
    if (lacking) throw new DeviceError(device, reason, cause)
    throw new RuntimeError(`onnxBackend: ONNX Runtime refused the model (${reason}). Is the file complete, and ONNX?`, cause)
  }
}

/** The typed array that ONNX Runtime uses for a type; bool is a byte. */
export function runtimeArray(dtype: DataType, data: TypedArray): TypedArray {
  if (dtype === 'float16') return toFloat16Bits(data)
  return dtype === 'float32' && data instanceof Float64Array ? Float32Array.from(data) : data
}
