import type { Binding, Program } from '@equivar/tensor'
import { isWorthParts } from './piece-size.ts'
import type { OnnxOptions, Runtime } from './runtime.ts'
import type { SideBySide } from './side-by-side/side-by-side.ts'

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

/** Decides by the sizes of a run whether parts of its batch run side by side, and opens what that needs when it is first wanted. */
export class Parts {
  readonly #program: Program
  readonly #runtime: Runtime
  readonly #options: OnnxOptions
  readonly #isWorthIt: (binding: Binding) => boolean
  #opened: Promise<SideBySide | undefined> | undefined

  constructor(program: Program, runtime: Runtime, options: OnnxOptions) {
    this.#program = program
    this.#runtime = runtime
    this.#options = options
    // Threads load onnxruntime-node anew: another runtime that was handed in cannot be sent to them.
    const isPossible = options.runtime === undefined && (options.device ?? 'cpu') === 'cpu' && options.threads !== 1
    this.#isWorthIt = isPossible ? isWorthParts(program) : () => false
  }

  /** What runs parts side by side, if that is worth it. */
  async runner(sizes: Binding): Promise<SideBySide | undefined> {
    if (!this.#isWorthIt(sizes)) return undefined
    this.#opened ??= this.#open()
    return this.#opened
  }

  async dispose(): Promise<void> {
    await (await this.#opened)?.dispose()
  }

  async #open(): Promise<SideBySide | undefined> {
    const parts = Math.min(MOST_PARTS, await threadsOf(this.#options))
    if (parts === 1) return undefined
    const { SideBySide } = await import('./side-by-side/side-by-side.ts')
    return SideBySide.open(this.#program, parts, { runtime: this.#runtime, options: this.#options })
  }
}
