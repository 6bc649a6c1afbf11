import { type SumsInPieces, type WrittenOnnx, writeOnnx } from '@equivar/export-onnx'
import type { Program, TensorValue } from '@equivar/tensor'
import { type OnnxOptions, openSession, type Runtime, type RuntimeSession } from './runtime.ts'

/** Sums need pieces where several threads may meet in one. */
const sumsFor = ({ device = 'cpu', threads }: OnnxOptions): SumsInPieces => (device !== 'cpu' ? 'short' : threads === 1 ? 'none' : 'all')

/** A program that was optimized for the device, as a file for sessions with those options. @param values - inputs that become constants. */
export function fileOf(program: Program, options: OnnxOptions, values: Readonly<Record<string, TensorValue>> = {}): WrittenOnnx {
  return writeOnnx(program, { values, optimized: true, sums: sumsFor(options) })
}

/** A session for such a program. */
export async function openProgram(
  program: Program,
  { runtime, options, values }: { runtime: Runtime; options: OnnxOptions; values?: Readonly<Record<string, TensorValue>> },
): Promise<RuntimeSession> {
  const { bytes, nodes } = fileOf(program, options, values)
  return openSession(runtime, bytes, nodes, options)
}
