import { type Backend, evaluate, type Program } from '@equivar/tensor'
import { deviation, numbersOf, runToHost, type Values } from './values.ts'

/** The comparison of one output of a backend with the float64 reference. */
export interface ParityReport {
  readonly backend: string
  readonly output: string
  /** The largest difference, divided by the largest magnitude of the output. */
  readonly error: number
  /** The component with the largest difference. */
  readonly index: number
}

/** Options of parity, parityError and expectParity. */
export interface ParityOptions {
  /** Differences are divided by at least this number; 1e-300 by default. Use it for outputs that are 0 in exact arithmetic. */
  readonly minimumScale?: number
}

/**
 * Runs a Program on backends and compares every output with the float64 reference.
 *
 * @param feeds - values of the inputs, or a list of them, which are run one after the other on one executable.
 */
export async function parity(
  program: Program,
  backends: readonly Backend[],
  feeds: Values | readonly Values[],
  options: ParityOptions = {},
): Promise<ParityReport[]> {
  const several = isList(feeds) ? feeds : [feeds]
  const references = several.map((each) => evaluate(program, each))
  const reports: ParityReport[] = []
  for (const backend of backends) {
    const executable = await backend.compile(program)
    for (const [i, each] of several.entries()) {
      const outputs = await runToHost(executable, each)
      for (const [output, value] of Object.entries(references[i] as Values))
        reports.push({ backend: backend.name, output, ...deviation(numbersOf(outputs[output]), numbersOf(value), options) })
    }
    await executable.dispose()
  }
  return reports
}

const isList = (feeds: Values | readonly Values[]): feeds is readonly Values[] => Array.isArray(feeds)

/** The largest difference between backends and the float64 reference, divided by the largest magnitude of the output. */
export async function parityError(
  program: Program,
  backends: readonly Backend[],
  feeds: Values | readonly Values[],
  options?: ParityOptions,
): Promise<number> {
  return Math.max(0, ...(await parity(program, backends, feeds, options)).map(({ error }) => error))
}

/**
 * Throws unless backends agree with the float64 reference.
 *
 * @throws Error that names the backend, the output, the largest component and the tolerance.
 */
export async function expectParity(
  program: Program,
  backends: readonly Backend[],
  feeds: Values | readonly Values[],
  { tolerance = 1e-5, ...options }: ParityOptions & { readonly tolerance?: number } = {},
): Promise<void> {
  const worst = (await parity(program, backends, feeds, options)).find(({ error }) => !(error <= tolerance))
  if (worst === undefined) return
  throw new Error(
    `expected ${worst.backend} to agree with the reference to ${tolerance}, received a relative difference of ${worst.error} in component ${worst.index} of "${worst.output}".`,
  )
}
