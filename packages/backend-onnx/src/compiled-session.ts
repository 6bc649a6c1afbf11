import { type SumsInPieces, writeOnnx } from '@equivar/export-onnx'
import type { Program, TensorValue } from '@equivar/tensor'
import { type OnnxOptions, openSession, type Runtime, type RuntimeSession } from './runtime.ts'

/** What a program is compiled with. */
export interface CompileOptions {
  readonly runtime: Runtime
  readonly options: OnnxOptions
  /** Inputs that become constants; none if left out. */
  readonly values?: Readonly<Record<string, TensorValue>>
}

/** Opens a session of a program that was optimized for the device. @param sums - which sums by index are in pieces. */
export function sessionOf(
  program: Program,
  { runtime, options, values = {} }: CompileOptions,
  sums: SumsInPieces,
): Promise<RuntimeSession> {
  const { bytes, nodes } = writeOnnx(program, { values, optimized: true, sums })
  return openSession(runtime, bytes, nodes, options)
}
