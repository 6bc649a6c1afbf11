import { writeOnnx } from '@equivar/export-onnx'
import {
  type Binding,
  type DataType,
  dimensionValue,
  elementCount,
  emptyArray,
  type Program,
  type TensorValue,
  type TypedArray,
  tensorValue,
} from '@equivar/tensor'
import { EXAMPLES_PER_PIECE, evenPieces } from '../piece-size.ts'
import { divideRows, type Rows, rowsOf } from '../rows.ts'
import {
  type OnnxOptions,
  openSession,
  type Runtime,
  type RuntimeSession,
  type RuntimeTensor,
  type RuntimeTensors,
  sessionSettings,
} from '../runtime.ts'
import { Sessions } from '../sessions.ts'
import { Turns } from '../turns.ts'
import { finishAll, PieceWorker, runtimePath } from './piece-worker.ts'
import { sharedLayout, sharedNumbers, type TensorLike } from './shared-memory.ts'
import { type SplitProgram, splitAtPieces, totalOfPart } from './split-program.ts'
import type { SharedLayout } from './worker.ts'

/** A part of the batch, and where its worker finds it. */
interface Part {
  readonly layout: SharedLayout
  readonly inputs: readonly TypedArray[]
  readonly outputs: readonly TypedArray[]
  /** The sums of the part, where the runtime may read them. */
  readonly totals: readonly RuntimeTensor[]
}

/** Sessions of the caller's thread. */
interface OwnSessions {
  readonly before: Sessions | undefined
  readonly pieces: RuntimeSession
  readonly after: Sessions
}

const sizesOf = (shape: Program['outputs'][number]['tensor']['shape'], binding: Binding): number[] =>
  shape.map((d) => dimensionValue(d, binding))

/**
 * Runs parts of a batch side by side, each in a thread with a session of one thread: what a piece computes is too little to be shared between threads,
 * but pieces need nothing of each other. The caller's thread computes the first part.
 *
 * Law: equal to a run of the whole program, but for the order in which the examples are added.
 */
export class SideBySide {
  readonly #runtime: Runtime
  readonly #split: SplitProgram
  readonly #sessions: OwnSessions
  readonly #workers: readonly PieceWorker[]
  readonly #turns = new Turns()
  #key = ''
  #parts: readonly Part[] = []

  private constructor(runtime: Runtime, split: SplitProgram, sessions: OwnSessions, workers: readonly PieceWorker[]) {
    this.#runtime = runtime
    this.#split = split
    this.#sessions = sessions
    this.#workers = workers
  }

  /** @returns undefined if the program has no pieces that can stand alone, or the runtime is not to be found for other threads. @throws RuntimeError if a thread cannot be started. */
  static async open(
    program: Program,
    parts: number,
    { runtime, options }: { runtime: Runtime; options: OnnxOptions },
  ): Promise<SideBySide | undefined> {
    const split = splitAtPieces(program, parts)
    const path = await runtimePath()
    if (split === undefined || path === undefined) return undefined
    // A session's own threads would spin for a while after each run, on the cores that the parts need.
    const alone = { ...options, threads: 1 }
    const { bytes, nodes } = writeOnnx(split.pieces, { optimized: true, sums: 'none' })
    const sessions = {
      before: split.before && (await Sessions.open(split.before, { runtime, options: alone })),
      pieces: await openSession(runtime, bytes, nodes, alone),
      after: await Sessions.open(split.after, { runtime, options: alone }),
    }
    const start = { runtime: path, model: bytes, settings: sessionSettings(nodes, alone, false) }
    const workers = await Promise.all(Array.from({ length: parts - 1 }, () => PieceWorker.start(start)))
    return new SideBySide(runtime, split, sessions, workers)
  }

  /** Runs once, after what it was asked before. @param given - what the whole program is fed. @param binding - its sizes, and the most examples of a piece. */
  run(given: RuntimeTensors, binding: Binding): Promise<RuntimeTensors> {
    return this.#turns.take(() => this.#run(given, binding))
  }

  async #run(given: RuntimeTensors, binding: Binding): Promise<RuntimeTensors> {
    const { before, pieces, after } = this.#sessions
    const made = before === undefined ? {} : await before.run(this.#read(before, given), binding)
    const all = { ...given, ...made }
    const rows = divideRows(this.#batch(all), this.#workers.length + 1)
    const fresh = this.#layOut(all, rows, binding)
    for (const [i, worker] of this.#workers.entries()) {
      const part = this.#parts[i] as Part
      for (const [k, { data }] of this.#feeds(all, rows[i + 1] as Rows, binding).entries())
        (part.inputs[k] as Float32Array).set(data as Float32Array)
      worker.begin(fresh ? part.layout : undefined)
    }
    const feeds = this.#feeds(all, rows[0] as Rows, binding)
    // A thread that still runs, because others failed, must not be told to run again.
    const own = await pieces
      .run(Object.fromEntries(feeds.map((value) => [value.name, this.#tensor(value)])))
      .finally(() => finishAll(this.#workers))
    return after.run(this.#read(after, { ...given, ...this.#totals(own) }), binding)
  }

  /** Frees what it holds. */
  async dispose(): Promise<void> {
    const { before, pieces, after } = this.#sessions
    await Promise.all([before?.release(), pieces.release(), after.release(), ...this.#workers.map((worker) => worker.dispose())])
  }

  #tensor({ dtype, data, shape }: TensorValue): RuntimeTensor {
    return new this.#runtime.Tensor(dtype as never, data as never, shape) as RuntimeTensor
  }

  #read({ inputNames }: Sessions, given: RuntimeTensors): Record<string, RuntimeTensor> {
    return Object.fromEntries(inputNames.map((name) => [name, given[name] as RuntimeTensor]))
  }

  #batch(all: RuntimeTensors): number {
    const divided = this.#split.inputs.find(({ isDivided }) => isDivided)
    return all[divided?.source ?? '']?.dims[0] ?? 0
  }

  /** What the program of pieces is fed for some rows. */
  #feeds(all: RuntimeTensors, rows: Rows, binding: Binding): (TensorValue & TensorLike)[] {
    const inputs = this.#split.inputs.map(({ name, isDivided, source }) => {
      const x = all[source] as RuntimeTensor
      const value = isDivided ? rowsOf(x, rows) : { dtype: x.type as DataType, shape: x.dims, data: x.data as TypedArray }
      return { ...value, name }
    })
    const examples = evenPieces(rows.count, binding.get(EXAMPLES_PER_PIECE) as number)
    return [...inputs, { ...tensorValue('int64', [], [examples]), name: EXAMPLES_PER_PIECE }]
  }

  /** Finds memory for the parts of workers, if shapes are others than before. */
  #layOut(all: RuntimeTensors, rows: readonly Rows[], binding: Binding): boolean {
    const key = [binding.get(EXAMPLES_PER_PIECE), ...this.#split.inputs.map(({ source }) => all[source]?.dims.join())].join(';')
    if (key === this.#key) return false
    this.#key = key
    const outputs = this.#split.pieces.outputs.map(({ name, tensor }) => ({
      name,
      dtype: tensor.dtype,
      shape: sizesOf(tensor.shape, binding),
    }))
    this.#parts = rows.slice(1).map((part) => {
      const layout = sharedLayout(
        this.#feeds(all, part, binding).map(({ name, dtype, shape }) => ({ name, dtype, shape })),
        outputs,
      )
      const totals = outputs.map(({ dtype, shape }) => this.#tensor({ dtype, shape, data: emptyArray(dtype, elementCount(shape)) }))
      const views = (tensors: SharedLayout['inputs']): TypedArray[] => tensors.map((tensor) => sharedNumbers(layout, tensor))
      return { layout, inputs: views(layout.inputs), outputs: views(layout.outputs), totals }
    })
    return true
  }

  /** The sums of all parts, by the names that `after` knows them by. */
  #totals(own: RuntimeTensors): RuntimeTensors {
    const named: Record<string, RuntimeTensor> = {}
    for (const [i, { name }] of this.#split.pieces.outputs.entries()) {
      named[totalOfPart(i, 0)] = own[name] as RuntimeTensor
      for (const [k, { outputs, totals }] of this.#parts.entries()) {
        const total = totals[i] as RuntimeTensor
        ;(total.data as Float32Array).set(outputs[i] as Float32Array)
        named[totalOfPart(i, k + 1)] = total
      }
    }
    return named
  }
}
