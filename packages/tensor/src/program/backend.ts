import type { Feeds, Outputs } from '../expression/value.ts'
import type { Program } from './program.ts'

/** Compiles Programs for a device. */
export interface Backend {
  /** For messages: `onnx/cpu`, `tfjs/webgl`. */
  readonly name: string
  compile(program: Program): Promise<Executable>
}

/** A backend whose executables know the names of their outputs, as far as the type of the Program does. */
export interface NamingBackend extends Backend {
  compile<Name extends string>(program: Program<Name>): Promise<Executable<Name>>
}

/** A Program made ready for a device. The names of its outputs are in its type where the code says them. */
export interface Executable<Name extends string = string> {
  /**
   * Runs it once.
   *
   * @param feeds - a value for every input; device tensors of an earlier run stay where they are.
   * @returns device tensors by output name.
   */
  run(feeds: Feeds): Promise<Outputs<Name>>
  /** Frees what it holds. */
  dispose(): Promise<void>
}
