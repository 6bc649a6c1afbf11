import {
  type Backend,
  type DataType,
  type DeviceTensor,
  type Executable,
  elementCount,
  FeedCheck,
  FeedError,
  type Feeds,
  type Outputs,
  optimize,
  type Program,
  type TensorValue,
  type TypedArray,
  toNumbers,
} from '@equivar/tensor'
import { nodesOfModel } from './model-file.ts'
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
import { openSessions } from './sessions.ts'
import { targets } from './targets.ts'
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
    const data = (this.tensor.location === 'cpu' ? this.tensor.data : await this.tensor.getData()) as TypedArray
    return this.dtype === 'float16' ? Float32Array.from(toNumbers(data)) : data
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
      const { device = 'cpu' } = options
      const runtime = await loadRuntime(options)
      const prepared = optimize(program, targets[device], { fixed: Object.keys(values) })
      const sessions = await openSessions(prepared, values, runtime, options)
      const checkSizes = device === 'webgpu' ? sizeCheck(prepared) : (): void => {}
      const names = program.inputs.map(({ name }) => name).filter((name) => values[name] === undefined)
      const feedCheck = new FeedCheck(program, {
        fixed: Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, shape])),
      })
      return {
        run: async (feeds) => {
          const sizes = feedCheck.check(feeds)
          checkSizes(sizes)
          return runSession(await sessions.forSizes(sizes), runtime, names, feeds)
        },
        dispose: () => sessions.release(),
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
  const nodes = await nodesOfModel(model, runtime.env.versions?.web !== undefined)
  const session = await openSession(runtime, model, nodes, options)
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (feeds) => runSession(session, runtime, session.inputNames, feeds),
    dispose: () => session.release(),
  }
}
