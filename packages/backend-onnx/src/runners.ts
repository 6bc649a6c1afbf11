import { type Binding, optimize, type Program, type TensorValue } from '@equivar/tensor'
import { Once } from './once.ts'
import { EXAMPLES_PER_PIECE, feedOfPieces, isWorthParts, sizesInPieces, takesPieces } from './piece-size.ts'
import type { OnnxOptions, Runtime, RuntimeTensor, RuntimeTensors } from './runtime.ts'
import { type CompileOptions, Sessions } from './sessions.ts'
import type { SideBySide } from './side-by-side/side-by-side.ts'
import { targetHere } from './target-here.ts'

/** More threads than that gain little: their sums are added one after the other. */
const MOST_PARTS = 8

/** Threads that were asked for, or that the machine has. */
async function threadsOf({ threads = 0 }: OnnxOptions): Promise<number> {
  if (threads > 0) return threads
  // A name in a variable is left alone by bundlers for browsers.
  const name = 'node:os'
  const { availableParallelism } = (await import(/* @vite-ignore */ name)) as typeof import('node:os')
  return availableParallelism()
}

/** What runs parts of a batch in threads; undefined if the program, or what it is compiled with, does not allow it. */
async function openParts(program: Program, { runtime, options, values = {} }: CompileOptions): Promise<SideBySide | undefined> {
  // Threads load onnxruntime-node anew: another runtime that was handed in cannot be sent to them.
  if (options.runtime !== undefined || Object.keys(values).length > 0) return undefined
  const parts = Math.min(MOST_PARTS, await threadsOf(options))
  if (parts === 1) return undefined
  const { SideBySide } = await import('./side-by-side/side-by-side.ts')
  return SideBySide.open(program, parts, { runtime, options })
}

/** How a batch is run in pieces. */
interface PiecePlan {
  /** How many examples a piece has. */
  readonly said: RuntimeTensor
  /** All sizes, those of pieces included. */
  readonly sizes: Binding
  /** Whether parts of it run side by side, if the program can be split. */
  readonly inParts: boolean
}

/**
 * The ways to run a program: the whole batch at once, in pieces, or in parts side by side. The sizes of a run decide, so equal runs are equal to the bit;
 * what a way needs is opened when it is first taken.
 */
export class Runners {
  /** The program as the device likes it, in pieces if it can be. */
  readonly prepared: Program
  readonly #runtime: Runtime
  readonly #whole: Once<Sessions>
  readonly #pieces: Once<Sessions>
  readonly #parts: Once<SideBySide | undefined>
  readonly #takesPieces: (binding: Binding) => boolean
  readonly #isWorthParts: (binding: Binding) => boolean
  readonly #pieceFeed: (binding: Binding) => Readonly<Record<string, TensorValue>>
  #planned: { readonly sizes: Binding; readonly plan: PiecePlan | undefined } | undefined

  private constructor(prepared: Program, openWhole: () => Promise<Sessions>, given: CompileOptions) {
    this.prepared = prepared
    this.#runtime = given.runtime
    this.#takesPieces = takesPieces(prepared, given.options)
    this.#isWorthParts = isWorthParts(prepared, given.options)
    this.#pieceFeed = feedOfPieces(prepared, given.options)
    this.#whole = new Once(openWhole)
    this.#pieces = new Once(() => Sessions.open(prepared, given))
    this.#parts = new Once(() => openParts(prepared, given))
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
    const runners = new Runners(prepared, async () => Sessions.open(await whole(), given), given)
    if (!isCut) await runners.#whole.get()
    return runners
  }

  /** Runs once. @param given - the program's inputs, but for those that are constants. */
  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    const plan = this.#planFor(sizes)
    if (plan === undefined) return (await this.#whole.get()).run(given, sizes)
    const { said, sizes: all, inParts } = plan
    const fed = { ...given, [EXAMPLES_PER_PIECE]: said }
    const beside = inParts ? await this.#parts.get() : undefined
    return beside === undefined ? (await this.#pieces.get()).run(fed, all) : beside.run(fed, all)
  }

  /** Frees what was opened. */
  async dispose(): Promise<void> {
    const release = (sessions: Sessions): Promise<void> => sessions.release()
    await Promise.all([this.#whole.close(release), this.#pieces.close(release), this.#parts.close(async (parts) => parts?.dispose())])
  }

  /** How those sizes are run in pieces; undefined if the batch is taken whole. Decided once for each new set of sizes. */
  #planFor(sizes: Binding): PiecePlan | undefined {
    if (sizes === this.#planned?.sizes) return this.#planned.plan
    const plan = this.#takesPieces(sizes) ? this.#decide(sizes) : undefined
    this.#planned = { sizes, plan }
    return plan
  }

  #decide(sizes: Binding): PiecePlan {
    const said = this.#said(sizes)
    const examples = Number((said.data as BigInt64Array)[0])
    return { said, sizes: sizesInPieces(this.prepared, sizes, examples), inParts: this.#isWorthParts(sizes) }
  }

  /** How many examples a piece has, as the program is fed it. */
  #said(sizes: Binding): RuntimeTensor {
    const { dtype, data, shape } = this.#pieceFeed(sizes)[EXAMPLES_PER_PIECE] as TensorValue
    return new this.#runtime.Tensor(dtype as never, data as never, shape) as RuntimeTensor
  }
}
