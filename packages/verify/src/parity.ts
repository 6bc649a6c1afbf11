import { type Backend, evaluate, type Program, type TensorValue } from '@equivar/tensor'

/** How far a backend is from the float64 reference. */
export interface ParityReport {
  readonly backend: string
  readonly output: string
  /** Largest difference over the largest magnitude of the output. */
  readonly error: number
}

/** Runs a Program on backends and compares every output with the float64 reference. */
export async function parity(
  program: Program,
  backends: readonly Backend[],
  feeds: Readonly<Record<string, TensorValue>>,
): Promise<ParityReport[]> {
  const reference = evaluate(program, feeds)
  const reports: ParityReport[] = []
  for (const backend of backends) {
    const executable = await backend.compile(program)
    const outputs = await executable.run(feeds)
    for (const [output, { data }] of Object.entries(reference)) {
      const numbers = await outputs[output]?.data()
      const scale = data.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-300)
      const error = data.reduce((worst, v, i) => Math.max(worst, Math.abs(Number(numbers?.[i]) - v) / scale), 0)
      reports.push({ backend: backend.name, output, error: Number.isNaN(error) ? Infinity : error })
    }
    await executable.dispose()
  }
  return reports
}
