import type { Binding, Program } from '@equivar/tensor'
import type { CompileOptions } from './compiled-session.ts'
import { isLittleWork } from './little-work.ts'
import { Once } from './once.ts'
import { isInBrowser, type RuntimeTensors } from './runtime.ts'
import { Sessions } from './sessions.ts'
import { threadsOf } from './threads.ts'

/** Runs a Program with as many threads as were asked for, or with one where the sizes of a run make so little work that more would take longer. */
export class SessionsByWork {
  readonly #shared: Once<Sessions>
  readonly #alone: Once<Sessions>
  readonly #isLittle: (sizes: Binding) => boolean

  private constructor(prepared: Program, compiled: CompileOptions, isLittle: (sizes: Binding) => boolean = () => false) {
    this.#shared = new Once(() => Sessions.open(prepared, compiled))
    this.#alone = new Once(() => Sessions.open(prepared, { ...compiled, options: { ...compiled.options, threads: 1 } }))
    this.#isLittle = isLittle
  }

  /** @param prepared - optimized for the device. @throws RuntimeError if the runtime refuses it. */
  static async open(prepared: Program, compiled: CompileOptions): Promise<SessionsByWork> {
    const { device = 'cpu' } = compiled.options
    // Threads of onnxruntime-web are those of the page, not of a session.
    const mayChoose = device === 'cpu' && !isInBrowser(compiled.runtime)
    const isLittle = mayChoose ? isLittleWork(prepared, await threadsOf(compiled.options)) : undefined
    const sessions = new SessionsByWork(prepared, compiled, isLittle)
    // What is opened tells whether the runtime takes the program. Where sizes decide what is opened, the first run tells.
    if (isLittle === undefined || prepared.symbols.size === 0) await sessions.#for(new Map())
    return sessions
  }

  /** @param sizes - of all symbols, those that only bodies of loops have included. */
  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    return (await this.#for(sizes)).run(given, sizes)
  }

  async release(): Promise<void> {
    await Promise.all([this.#shared, this.#alone].map((sessions) => sessions.close((opened) => opened.release())))
  }

  #for(sizes: Binding): Promise<Sessions> {
    return (this.#isLittle(sizes) ? this.#alone : this.#shared).get()
  }
}
