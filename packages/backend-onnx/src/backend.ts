import { exportOnnx } from '@equivar/export-onnx'
import {
  type Backend,
  type Binding,
  type DataType,
  type DeviceTensor,
  type Executable,
  elementCount,
  FeedError,
  type Feeds,
  type Outputs,
  type Program,
  type TensorValue,
  type TypedArray,
} from '@equivar/tensor'
import {
  loadRuntime,
  type OnnxOptions,
  openSession,
  type Runtime,
  RuntimeError,
  type RuntimeSession,
  type RuntimeTensor,
  runtimeArray,
} from './runtime.ts'
import { sizeCheck } from './web-gpu.ts'

/** A tensor that ONNX Runtime holds; on a GPU it stays there until it is read. */
class OnnxTensor implements DeviceTensor {
  readonly dtype: DataType
  readonly tensor: RuntimeTensor

  constructor(tensor: RuntimeTensor) {
    this.tensor = tensor
    this.dtype = tensor.type as DataType
  }

  get shape(): readonly number[] {
    return this.tensor.dims
  }

  async data(): Promise<TypedArray> {
    return (this.tensor.location === 'cpu' ? this.tensor.data : await this.tensor.getData()) as TypedArray
  }

  dispose(): void {
    this.tensor.dispose()
  }
}

/** Host values become runtime tensors without a copy where the type allows it. */
function toRuntime(runtime: Runtime, name: string, value: TensorValue | DeviceTensor): RuntimeTensor {
  if (value instanceof OnnxTensor) return value.tensor
  if (typeof value.data === 'function') {
    throw new FeedError(`run: the input "${name}" lives on another backend. Read it with .data() and feed the numbers.`)
  }
  const { dtype, shape, data } = value as TensorValue
  if (data.length !== elementCount(shape)) {
    throw new FeedError(
      `run: expected ${elementCount(shape)} numbers for input "${name}" of shape [${shape.join(', ')}], received ${data.length}.`,
    )
  }
  return new runtime.Tensor(dtype as never, runtimeArray(dtype, data) as never, shape) as RuntimeTensor
}

async function runSession(session: RuntimeSession, runtime: Runtime, names: readonly string[], feeds: Feeds): Promise<Outputs> {
  const given: Record<string, RuntimeTensor> = {}
  for (const name of names) {
    const value = feeds[name]
    if (value === undefined) throw new FeedError(`run: the input "${name}" is missing.`)
    given[name] = toRuntime(runtime, name, value)
  }
  try {
    const results = await session.run(given)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, new OnnxTensor(tensor)]))
  } catch (cause) {
    throw new RuntimeError(`run: ONNX Runtime failed (${cause instanceof Error ? cause.message : String(cause)}).`, cause)
  }
}

/** Checks types and sizes against the Program, so that errors speak of its inputs and symbols. @returns what the symbols stand for. */
function checkFeeds(program: Program, feeds: Feeds, names: readonly string[]): Binding {
  const shapes: Record<string, readonly number[]> = {}
  const bound: Record<string, number> = {}
  for (const { name, tensor } of program.inputs) {
    const value = feeds[name]
    if (value === undefined) {
      if (names.includes(name)) continue
      shapes[name] = tensor.shape as readonly number[]
      continue
    }
    if (value.dtype !== tensor.dtype) throw new FeedError(`run: expected input "${name}" of type ${tensor.dtype}, received ${value.dtype}.`)
    shapes[name] = value.shape
    if (tensor.binds !== undefined && typeof value.data !== 'function') bound[tensor.binds] = Number((value as TensorValue).data[0])
  }
  return program.bind(
    shapes,
    Object.fromEntries(
      program.inputs.flatMap(({ name, tensor }) =>
        tensor.binds !== undefined && bound[tensor.binds] !== undefined ? [[name, bound[tensor.binds] as number]] : [],
      ),
    ),
  )
}

/** A backend on ONNX Runtime. Programs are compiled through their ONNX file, so what trains here is what is exported. */
export interface OnnxBackend extends Backend {
  /** @param options - `values`: inputs that become constants of the compiled program. */
  compile(program: Program, options?: { readonly values?: Readonly<Record<string, TensorValue>> }): Promise<Executable>
}

/**
 * Runs Programs on ONNX Runtime: CPU, CUDA or WebGPU; in Node, or in a browser with `onnxruntime-web`.
 *
 * Nothing native is loaded before the first `compile`. Outputs can be fed to the next run as they are.
 *
 * @throws RuntimeError from `compile` if the runtime or the device is not there.
 * @example const executable = await onnxBackend({ threads: 2 }).compile(step)
 */
export function onnxBackend(options: OnnxOptions = {}): OnnxBackend {
  return {
    name: `onnx/${options.device ?? 'cpu'}`,
    compile: async (program, { values = {} } = {}) => {
      const runtime = await loadRuntime(options)
      const session = await openSession(runtime, exportOnnx(program, { values }), options)
      const checkSizes = options.device === 'webgpu' ? sizeCheck(program) : (): void => {}
      const names = program.inputs.map(({ name }) => name).filter((name) => values[name] === undefined)
      return {
        run: (feeds) => {
          checkSizes(checkFeeds(program, feeds, names))
          return runSession(session, runtime, names, feeds)
        },
        dispose: () => session.release(),
      }
    },
  }
}

/** An ONNX file made ready to run. */
export interface LoadedOnnx extends Executable {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
}

/**
 * Makes any ONNX file ready to run.
 *
 * @param model - the file's bytes, or its path (needed where values lie in a file beside it).
 * @throws RuntimeError if the file is not a complete ONNX model, or the device is not there.
 */
export async function loadOnnx(model: Uint8Array | string, options: OnnxOptions = {}): Promise<LoadedOnnx> {
  const runtime = await loadRuntime(options)
  const session = await openSession(runtime, model, options)
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (feeds) => runSession(session, runtime, session.inputNames, feeds),
    dispose: () => session.release(),
  }
}
