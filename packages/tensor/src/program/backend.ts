import type { Feeds, Outputs } from '../expression/value.ts'
import type { Program } from './program.ts'

/** Compiles Programs for a device. */
export interface Backend {
  /** For messages: `onnx/cpu`, `tfjs/webgl`. */
  readonly name: string
  compile(program: Program): Promise<Executable>
}

/** A Program made ready for a device. */
export interface Executable {
  /**
   * Runs it once.
   *
   * @param feeds - a value for every input; device tensors of an earlier run stay where they are.
   * @returns device tensors by output name.
   */
  run(feeds: Feeds): Promise<Outputs>
  /** Frees what it holds. */
  dispose(): Promise<void>
}
