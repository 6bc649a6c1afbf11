import { hasLongSums } from '@equivar/export-onnx'
import type { Binding, Program } from '@equivar/tensor'
import { type CompileOptions, sessionOf } from './compiled-session.ts'
import { LongSums } from './long-sums.ts'
import type { RuntimeSession, RuntimeTensors } from './runtime.ts'

/**
 * What runs a Program: a session whose sums by index are in pieces, so that it may have threads; and where sizes make a sum longer than its pieces may be, what
 * runs long sums, opened when such sizes first come.
 */
export class Sessions {
  readonly #session: RuntimeSession
  readonly #long: LongSums
  readonly #isLong: (sizes: Binding) => boolean

  private constructor(session: RuntimeSession, long: LongSums, isLong: (sizes: Binding) => boolean) {
    this.#session = session
    this.#long = long
    this.#isLong = isLong
  }

  /** @param prepared - optimized for the device. @throws RuntimeError if the runtime refuses it. */
  static async open(prepared: Program, compiled: CompileOptions): Promise<Sessions> {
    const { device = 'cpu', threads = 0 } = compiled.options
    const long = new LongSums(prepared, compiled, threads !== 1)
    const session = await sessionOf(prepared, compiled, device === 'cpu' && threads !== 1 ? 'all' : 'none')
    const isLong = device === 'cpu' && (threads !== 1 || long.hasOwnForm) ? hasLongSums(prepared.nodes) : (): boolean => false
    return new Sessions(session, long, isLong)
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames
  }

  /** @param sizes - of all symbols, those that only bodies of loops have included. */
  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    return this.#isLong(sizes) ? this.#long.run(given, sizes) : this.#session.run(given)
  }

  async release(): Promise<void> {
    await Promise.all([this.#session.release(), this.#long.release()])
  }
}
