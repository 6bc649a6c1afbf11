import { longestSum } from '@equivar/export-onnx'
import type { Binding, Program } from '@equivar/tensor'
import { type CompileOptions, sessionOf } from './compiled-session.ts'
import { longForm } from './long-form.ts'
import { Once } from './once.ts'
import { ListFeeds } from './row-lists/list-feeds.ts'
import type { RuntimeSession, RuntimeTensors } from './runtime.ts'

/** The least power of two that holds a number of rows, so that sizes that change a little need no other session. */
const powerFor = (rows: number): number => (rows <= 1 ? rows : 2 * powerFor(Math.ceil(rows / 2)))

/**
 * Runs a Program whose sums by index are long: sums over lists where positions are fed, made when they are fed; the others in as many pieces as the sizes ask
 * for, so that threads lose none of them, or, if those are too many, in one thread. Products of two rows an edge are done some edges at a time.
 */
export class LongSums {
  readonly #compiled: CompileOptions
  /** What is run if lists can be made. */
  readonly #program: Program
  readonly #feeds: ListFeeds | undefined
  /** Whether large graphs are run in another form, whatever the number of threads. */
  readonly hasOwnForm: boolean
  readonly #rows: (sizes: Binding) => number
  readonly #mayShare: boolean
  /** Sessions by the most rows of a sum in pieces; 0 for none in pieces. */
  readonly #sessions = new Map<number, Once<RuntimeSession>>()
  /** What runs where positions are not such that lists can be made of them. */
  readonly #plain: Once<RuntimeSession>

  /** @param prepared - optimized for the device. @param mayShare - whether there may be more than one thread. */
  constructor(prepared: Program, compiled: CompileOptions, mayShare: boolean) {
    this.#compiled = compiled
    this.#mayShare = mayShare
    const { program, plans } = longForm(prepared, { fixed: Object.keys(compiled.values ?? {}), forThreads: mayShare })
    this.#program = program
    this.#feeds = plans.length === 0 ? undefined : new ListFeeds(compiled.runtime, plans)
    this.hasOwnForm = program !== prepared
    this.#rows = longestSum(program.nodes)
    this.#plain = new Once(() => sessionOf(prepared, compiled, 'none'))
  }

  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    const fed = this.#feeds === undefined ? {} : this.#feeds.feeds(given, sizes)
    if (fed === undefined) return (await this.#plain.get()).run(given)
    const session = await this.#sessionFor(this.#mayShare ? this.#rows(sizes) : 0)
    return session.run({ ...given, ...fed })
  }

  async release(): Promise<void> {
    await Promise.all([...this.#sessions.values(), this.#plain].map((session) => session.close((opened) => opened.release())))
  }

  /** A session whose sums in pieces may have so many rows. */
  #sessionFor(rows: number): Promise<RuntimeSession> {
    const most = powerFor(rows)
    const known = this.#sessions.get(most)
    if (known !== undefined) return known.get()
    const made = new Once(() => sessionOf(this.#program, this.#compiled, most === 0 ? 'none' : { rows: most }))
    this.#sessions.set(most, made)
    return made.get()
  }
}
