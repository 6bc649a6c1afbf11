import { onnxFile } from '@equivar/export-onnx'
import { type Binding, optimize, type Program, tensorValue } from '@equivar/tensor'
import type { CompileOptions } from './compiled-session.ts'
import { hasEmptyImages } from './has-convolutions.ts'
import { Once } from './once.ts'
import { EXAMPLES_PER_PIECE, type PiecePlan, piecesOfLoop, piecesOfRows, planOfPieces, sizesInPieces } from './piece-size.ts'
import { Assembly, type RowProgram, rowProgram, runRows } from './rows-in-pieces.ts'
import { isInBrowser, type Runtime, type RuntimeTensor, type RuntimeTensors } from './runtime.ts'
import { SessionsByWork } from './sessions-by-work.ts'
import type { RowsSideBySide } from './side-by-side/rows-side-by-side.ts'
import type { SideBySide } from './side-by-side/side-by-side.ts'
import { targetHere } from './target-here.ts'
import { threadsOf } from './threads.ts'

/** More threads than that gain little: their sums are added one after the other. */
const MOST_PARTS = 8

/** How many parts run side by side; 1 if what the program is compiled with allows no more. */
async function partsOf({ runtime, options }: CompileOptions): Promise<number> {
  // Threads load onnxruntime-node anew: another runtime that was handed in cannot be sent to them.
  return options.runtime === undefined && !isInBrowser(runtime) ? Math.min(MOST_PARTS, await threadsOf(options)) : 1
}

/** What runs parts of a batch in threads, and adds up; undefined if the program, or what it is compiled with, does not allow it. */
async function openParts(program: Program, parts: number, given: CompileOptions): Promise<SideBySide | undefined> {
  const { runtime, options, values = {} } = given
  if (parts === 1 || Object.keys(values).length > 0) return undefined
  const { SideBySide } = await import('./side-by-side/side-by-side.ts')
  return SideBySide.open(program, parts, { runtime, options })
}

/** The same for a program that does with each example what it does with it alone. */
async function openRows(program: Program, rows: RowProgram, parts: number, given: CompileOptions): Promise<RowsSideBySide | undefined> {
  if (parts === 1) return undefined
  const { RowsSideBySide } = await import('./side-by-side/rows-side-by-side.ts')
  return RowsSideBySide.open(program, rows, parts, given)
}

/** How a batch is run in pieces, as the runtime is told. */
interface ToldPlan extends PiecePlan {
  /** How many examples a piece has, as the program is fed it. */
  readonly said: RuntimeTensor
  /** All sizes, those of pieces included. */
  readonly sizes: Binding
}

/**
 * The ways to run a program: the whole batch at once, in pieces, or in parts side by side. The sizes of a run decide, so equal runs are equal to the bit;
 * what a way needs is opened when it is first taken.
 */
export class Runners {
  /** The program as the device likes it, in pieces if it can be. */
  readonly prepared: Program
  readonly #runtime: Runtime
  readonly #whole: Once<SessionsByWork>
  readonly #withoutPixels: Once<SessionsByWork>
  readonly #hasEmptyImages: (sizes: Binding) => boolean
  readonly #pieces: Once<SessionsByWork>
  readonly #parts: Once<SideBySide | undefined>
  readonly #planOf: (binding: Binding) => PiecePlan | undefined
  readonly #rows: RowProgram | undefined
  readonly #rowParts: Once<RowsSideBySide | undefined>
  #planned: { readonly sizes: Binding; readonly plan: ToldPlan | undefined } | undefined

  private constructor(
    prepared: Program,
    open: { readonly whole: () => Promise<SessionsByWork>; readonly withoutPixels: () => Promise<SessionsByWork> },
    given: CompileOptions,
    { rows, threads }: { rows: RowProgram | undefined; threads: number },
  ) {
    const pieces = rows === undefined ? piecesOfLoop(prepared) : piecesOfRows(prepared, rows.symbol)
    this.prepared = prepared
    this.#runtime = given.runtime
    this.#rows = rows
    this.#planOf = planOfPieces(pieces, threads, given.options)
    this.#whole = new Once(open.whole)
    this.#withoutPixels = new Once(open.withoutPixels)
    this.#hasEmptyImages = hasEmptyImages(prepared)
    this.#pieces = new Once(() => SessionsByWork.open(prepared, given))
    this.#parts = new Once(() => openParts(prepared, threads, given))
    this.#rowParts = new Once(async () => rows && openRows(prepared, rows, threads, given))
  }

  /** @throws RuntimeError if the runtime refuses the program; where a way is chosen by sizes, from the first run that takes it. */
  static async open(program: Program, given: CompileOptions): Promise<Runners> {
    const { runtime, options, values = {} } = given
    const here = { ...options, runtime: async () => runtime }
    const fixed = Object.keys(values)
    const prepared = optimize(program, await targetHere(here), { fixed })
    const isCut = prepared.inputs.length > program.inputs.length
    const whole = async (): Promise<Program> =>
      isCut ? optimize(program, await targetHere({ ...here, examplesPerPiece: false }), { fixed }) : prepared
    const mayCut = !isCut && options.examplesPerPiece !== false && (options.device ?? 'cpu') === 'cpu'
    const [rows, threads] = [mayCut ? rowProgram(program, fixed) : undefined, await partsOf(given)]
    const open = {
      whole: async () => SessionsByWork.open(await whole(), given),
      // As in a file: products that are convolutions on the cpu are products, which may be empty.
      withoutPixels: () => SessionsByWork.open(optimize(program, onnxFile, { fixed }), given),
    }
    const runners = new Runners(prepared, open, given, { rows, threads })
    if (!isCut) await runners.#whole.get()
    return runners
  }

  /** Runs once. @param given - the program's inputs, but for those that are constants. */
  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    if (this.#hasEmptyImages(sizes)) return (await this.#withoutPixels.get()).run(given, sizes)
    const plan = this.#planFor(sizes)
    if (plan === undefined) return (await this.#whole.get()).run(given, sizes)
    if (this.#rows !== undefined) return this.#runRows(given, sizes, plan, this.#rows)
    const { said, sizes: all, inParts, isWholeElse } = plan
    const fed = { ...given, [EXAMPLES_PER_PIECE]: said }
    const beside = inParts ? await this.#parts.get() : undefined
    if (beside !== undefined) return beside.run(fed, all)
    return isWholeElse ? (await this.#whole.get()).run(given, sizes) : (await this.#pieces.get()).run(fed, all)
  }

  /** Runs some examples at a time, side by side if that is worth it. */
  async #runRows(
    given: RuntimeTensors,
    sizes: Binding,
    { examples: each, inParts }: PiecePlan,
    program: RowProgram,
  ): Promise<RuntimeTensors> {
    const count = sizes.get(program.symbol) as number
    if (count <= each) return (await this.#whole.get()).run(given, sizes)
    const beside = inParts ? await this.#rowParts.get() : undefined
    if (beside !== undefined) return beside.run({ given, sizes, each })
    const whole = await this.#whole.get()
    const made = new Assembly(this.#runtime, program, count)
    const run = (fed: RuntimeTensors, examples: number): Promise<RuntimeTensors> =>
      whole.run(fed, new Map(sizes).set(program.symbol, examples))
    await runRows({ runtime: this.#runtime, program, given, rows: { start: 0, count }, each }, run, made)
    return made.results
  }

  /** Frees what was opened. */
  async dispose(): Promise<void> {
    const release = (sessions: SessionsByWork): Promise<void> => sessions.release()
    const end = async (parts: SideBySide | RowsSideBySide | undefined): Promise<void> => parts?.dispose()
    const sessions = [this.#whole, this.#withoutPixels, this.#pieces].map((each) => each.close(release))
    await Promise.all([...sessions, this.#parts.close(end), this.#rowParts.close(end)])
  }

  /** How those sizes are run in pieces; undefined if the batch is taken whole. Decided once for each new set of sizes. */
  #planFor(sizes: Binding): ToldPlan | undefined {
    if (sizes === this.#planned?.sizes) return this.#planned.plan
    const chosen = this.#planOf(sizes)
    const plan = chosen && this.#tell(chosen, sizes)
    this.#planned = { sizes, plan }
    return plan
  }

  #tell(plan: PiecePlan, sizes: Binding): ToldPlan {
    const { dtype, data, shape } = tensorValue('int64', [], [plan.examples])
    const said = new this.#runtime.Tensor(dtype as never, data as never, shape) as RuntimeTensor
    return { ...plan, said, sizes: sizesInPieces(this.prepared, sizes, plan.examples) }
  }
}
