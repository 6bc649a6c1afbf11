import { hasLongSums, type SumsInPieces, writeOnnx } from '@equivar/export-onnx'
import type { Binding, Program, TensorValue } from '@equivar/tensor'
import { Once } from './once.ts'
import { type OnnxOptions, openSession, type Runtime, type RuntimeSession, type RuntimeTensors } from './runtime.ts'

/** What a program is compiled with. */
export interface CompileOptions {
  readonly runtime: Runtime
  readonly options: OnnxOptions
  /** Inputs that become constants; none if left out. */
  readonly values?: Readonly<Record<string, TensorValue>>
}

/**
 * What runs a Program: a session whose sums by index are in pieces, so that it may have threads; and where sizes make a sum longer than its pieces may be,
 * one of a single thread, opened when such sizes first come.
 */
export class Sessions {
  readonly #session: RuntimeSession
  readonly #single: Once<RuntimeSession>
  readonly #isLong: (sizes: Binding) => boolean

  private constructor(session: RuntimeSession, openSingle: () => Promise<RuntimeSession>, isLong: (sizes: Binding) => boolean) {
    this.#session = session
    this.#single = new Once(openSingle)
    this.#isLong = isLong
  }

  /** @param prepared - optimized for the device. @throws RuntimeError if the runtime refuses it. */
  static async open(prepared: Program, { runtime, options, values = {} }: CompileOptions): Promise<Sessions> {
    const { device = 'cpu', threads = 0 } = options
    const open = (sums: SumsInPieces): Promise<RuntimeSession> => {
      const { bytes, nodes } = writeOnnx(prepared, { values, optimized: true, sums })
      return openSession(runtime, bytes, nodes, options)
    }
    const mayShare = device === 'cpu' && threads !== 1
    return new Sessions(await open(mayShare ? 'all' : 'none'), () => open('none'), mayShare ? hasLongSums(prepared.nodes) : () => false)
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames
  }

  /** @param sizes - of all symbols, those that only bodies of loops have included. */
  async run(given: RuntimeTensors, sizes: Binding): Promise<RuntimeTensors> {
    const session = this.#isLong(sizes) ? await this.#single.get() : this.#session
    return session.run(given)
  }

  async release(): Promise<void> {
    await Promise.all([this.#session.release(), this.#single.close((session) => session.release())])
  }
}
