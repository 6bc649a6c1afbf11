import { writeOnnx } from '@equivar/export-onnx'
import { type Binding, type DataType, dimensionValue, type Program, type TypedArray } from '@equivar/tensor'
import type { CompileOptions } from '../compiled-session.ts'
import { divideRows, type Rows, rowsOf } from '../rows.ts'
import { Assembly, type RowProgram, runRows } from '../rows-in-pieces.ts'
import { openSession, type RuntimeSession, type RuntimeTensors, sessionSettings } from '../runtime.ts'
import { Turns } from '../turns.ts'
import { finishAll, PieceWorker, runtimePath } from './piece-worker.ts'
import { sharedLayout, sharedNumbers, type TensorLike } from './shared-memory.ts'
import type { SharedLayout } from './worker.ts'

/** Examples of one worker, and where it finds them. */
interface Part {
  readonly rows: Rows
  readonly layout: SharedLayout
  readonly inputs: readonly TypedArray[]
  readonly outputs: readonly TypedArray[]
}

/** What examples are run with, and how many of them at a time. */
interface Run {
  readonly given: RuntimeTensors
  readonly sizes: Binding
  readonly each: number
}

/**
 * Runs parts of a batch side by side, each in a thread with a session of one thread, where a program does with each example what it does with it alone.
 * The caller's thread computes the first part.
 *
 * Law: equal to a run of the whole batch, but for rounding.
 */
export class RowsSideBySide {
  readonly #compiled: CompileOptions
  readonly #program: Program
  readonly #names: RowProgram
  readonly #own: RuntimeSession
  readonly #workers: readonly PieceWorker[]
  readonly #turns = new Turns()
  #key = ''
  #parts: readonly Part[] = []

  private constructor(program: Program, names: RowProgram, compiled: CompileOptions, own: RuntimeSession, workers: readonly PieceWorker[]) {
    this.#program = program
    this.#names = names
    this.#compiled = compiled
    this.#own = own
    this.#workers = workers
  }

  /**
   * @param program - optimized for the cpu.
   * @returns undefined if the runtime is not to be found for other threads. @throws RuntimeError if a thread cannot be started.
   */
  static async open(program: Program, names: RowProgram, parts: number, compiled: CompileOptions): Promise<RowsSideBySide | undefined> {
    const path = await runtimePath()
    if (path === undefined) return undefined
    const { runtime, options, values = {} } = compiled
    // A session's own threads would spin for a while after each run, on the cores that the parts need.
    const alone = { ...options, threads: 1 }
    const { bytes, nodes } = writeOnnx(program, { values, optimized: true, sums: 'none' })
    const own = await openSession(runtime, bytes, nodes, alone)
    const start = { runtime: path, model: bytes, settings: sessionSettings(nodes, alone, false) }
    const workers = await Promise.all(Array.from({ length: parts - 1 }, () => PieceWorker.start(start)))
    return new RowsSideBySide(program, names, compiled, own, workers)
  }

  /** Runs once, after what it was asked before. */
  run(run: Run): Promise<RuntimeTensors> {
    return this.#turns.take(() => this.#run(run))
  }

  async #run(run: Run): Promise<RuntimeTensors> {
    const { given, sizes, each } = run
    const { runtime } = this.#compiled
    const count = sizes.get(this.#names.symbol) as number
    const [first, ...others] = divideRows(count, this.#workers.length + 1)
    const fresh = this.#layOut(run, others)
    const made = new Assembly(runtime, this.#names, count)
    const own = { runtime, program: this.#names, given, rows: first as Rows, each }
    try {
      for (const [i, worker] of this.#workers.entries()) {
        const part = this.#parts[i] as Part
        for (const [k, { data }] of this.#feeds(given, part.rows).entries()) (part.inputs[k] as Float32Array).set(data as Float32Array)
        worker.begin(fresh ? part.layout : undefined)
      }
      await runRows(own, (fed) => this.#own.run(fed), made)
    } finally {
      // A thread that still runs must not be told to run again.
      await finishAll(this.#workers)
    }
    for (const { rows, layout, outputs } of this.#parts) {
      if (rows.count === 0) continue
      const results = layout.outputs.map(({ name, dtype, shape }, k) => [name, { type: dtype, dims: shape, data: outputs[k] }] as const)
      made.put(Object.fromEntries(results), rows.start)
    }
    return made.results
  }

  /** Frees what it holds. */
  async dispose(): Promise<void> {
    await Promise.all([this.#own.release(), ...this.#workers.map((worker) => worker.dispose())])
  }

  /** What is fed for some examples. */
  #feeds(given: RuntimeTensors, rows: Rows): (TensorLike & { readonly data: TypedArray })[] {
    return this.#own.inputNames.map((name) => {
      const x = given[name] as RuntimeTensors[string]
      const isDivided = this.#names.inputs.has(name)
      const value = isDivided ? rowsOf(x, rows) : { dtype: x.type as DataType, shape: x.dims, data: x.data as TypedArray }
      return { ...value, name, isDivided }
    })
  }

  /** Finds memory for the parts of workers, if shapes are others than before. */
  #layOut({ given, sizes, each }: Run, parts: readonly Rows[]): boolean {
    const key = [each, ...this.#own.inputNames.map((name) => given[name]?.dims.join())].join(';')
    if (key === this.#key) return false
    this.#key = key
    this.#parts = parts.map((rows) => {
      const binding = new Map(sizes).set(this.#names.symbol, rows.count)
      const outputs = this.#program.outputs.map(({ name, tensor }) => ({
        name,
        dtype: tensor.dtype,
        shape: tensor.shape.map((d) => dimensionValue(d, binding)),
        isDivided: this.#names.outputs.has(name),
      }))
      const fed = this.#feeds(given, rows).map(({ name, dtype, shape, isDivided }) => ({
        name,
        dtype,
        shape,
        isDivided: isDivided === true,
      }))
      const layout = sharedLayout(fed, outputs, { count: rows.count, each })
      const views = (tensors: SharedLayout['inputs']): TypedArray[] => tensors.map((tensor) => sharedNumbers(layout, tensor))
      return { rows, layout, inputs: views(layout.inputs), outputs: views(layout.outputs) }
    })
    return true
  }
}
