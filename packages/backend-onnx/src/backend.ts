import {
  type DataType,
  type DeviceTensor,
  type Executable,
  elementCount,
  FeedCheck,
  FeedError,
  type Feeds,
  type NamingBackend,
  type Outputs,
  ownEntry,
  type Program,
  type TensorValue,
  type TypedArray,
  toNumbers,
} from '@equivar/tensor'
import { nodesOfModel } from './model-file.ts'
import { Runners } from './runners.ts'
import {
  loadRuntime,
  type OnnxOptions,
  openSession,
  type Runtime,
  RuntimeError,
  type RuntimeTensor,
  type RuntimeTensors,
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

function tensorsOf(runtime: Runtime, names: readonly string[], feeds: Feeds): RuntimeTensors {
  const given = names.map((name): [string, RuntimeTensor] => {
    const value = ownEntry(feeds, name)
    if (value === undefined) throw new FeedError(`run: the input "${name}" is missing.`)
    return [name, toRuntime(runtime, name, value)]
  })
  return Object.fromEntries(given)
}

async function outputsOf<Name extends string>(run: () => Promise<RuntimeTensors>): Promise<Outputs<Name>> {
  try {
    const named: Outputs = Object.fromEntries(Object.entries(await run()).map(([name, tensor]) => [name, new OnnxTensor(tensor)]))
    return named as Outputs<Name>
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause
    throw new RuntimeError(`run: ONNX Runtime failed (${cause instanceof Error ? cause.message : String(cause)}).`, cause)
  }
}

/**
 * A backend on ONNX Runtime. Programs are compiled through an ONNX file: what trains here is what is exported, but for operators of ONNX Runtime's own on
 * the cpu, which are in no exported file.
 */
export interface OnnxBackend extends NamingBackend {
  /** @param options - `values`: inputs that become constants of the compiled program. */
  compile<Name extends string>(
    program: Program<Name>,
    options?: { readonly values?: Readonly<Record<string, TensorValue>> },
  ): Promise<Executable<Name>>
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
    compile: async <Name extends string>(
      program: Program<Name>,
      { values = {} }: { readonly values?: Readonly<Record<string, TensorValue>> } = {},
    ): Promise<Executable<Name>> => {
      const runtime = await loadRuntime(options)
      const runners = await Runners.open(program, { runtime, options, values })
      const names = program.inputs.map(({ name }) => name).filter((name) => !Object.hasOwn(values, name))
      const checkSizes = options.device === 'webgpu' ? sizeCheck(runners.prepared) : (): void => {}
      const feedCheck = new FeedCheck(program, {
        fixed: Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, shape])),
      })
      return {
        run: async (feeds) => {
          const sizes = feedCheck.check(feeds)
          checkSizes(sizes)
          const given = tensorsOf(runtime, names, feeds)
          return outputsOf<Name>(() => runners.run(given, sizes))
        },
        dispose: () => runners.dispose(),
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
    run: (feeds) => outputsOf(() => session.run(tensorsOf(runtime, session.inputNames, feeds))),
    dispose: () => session.release(),
  }
}
