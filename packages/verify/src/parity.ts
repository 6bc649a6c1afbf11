import { type Backend, evaluate, type Program } from '@equivar/tensor'
import { deviation, numbersOf, runToHost, type Values } from './values.ts'

/** How far an output of a backend is from the float64 reference. */
export interface ParityReport {
  readonly backend: string
  readonly output: string
  /** Largest difference over the largest magnitude of the output. */
  readonly error: number
  /** Where the largest difference is. */
  readonly index: number
}

/** Settings of a comparison of backends. */
export interface ParityOptions {
  /** What differences are divided by where all magnitudes are smaller; for outputs that are 0 in exact arithmetic. 1e-300 if left out. */
  readonly least?: number
}

/**
 * Runs a Program on backends and compares every output with the float64 reference.
 *
 * @param feeds - values of the inputs, or several, which one executable runs one after the other.
 */
export async function parity(
  program: Program,
  backends: readonly Backend[],
  feeds: Values | readonly Values[],
  { least }: ParityOptions = {},
): Promise<ParityReport[]> {
  const several = isList(feeds) ? feeds : [feeds]
  const references = several.map((each) => evaluate(program, each))
  const reports: ParityReport[] = []
  for (const backend of backends) {
    const executable = await backend.compile(program)
    for (const [i, each] of several.entries()) {
      const outputs = await runToHost(executable, each)
      for (const [output, value] of Object.entries(references[i] ?? {}))
        reports.push({ backend: backend.name, output, ...deviation(numbersOf(outputs[output]), numbersOf(value), least) })
    }
    await executable.dispose()
  }
  return reports
}

const isList = (feeds: Values | readonly Values[]): feeds is readonly Values[] => Array.isArray(feeds)

/** How far backends are from the float64 reference: the largest difference over the largest magnitude of an output. */
export async function parityError(
  program: Program,
  backends: readonly Backend[],
  feeds: Values | readonly Values[],
  options?: ParityOptions,
): Promise<number> {
  return Math.max(0, ...(await parity(program, backends, feeds, options)).map(({ error }) => error))
}

/**
 * Throws unless backends give what the float64 reference gives.
 *
 * @throws Error naming the backend, the output, the largest component and the tolerance.
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
    `expected ${worst.backend} to give what the reference gives to ${tolerance}, received a relative difference of ${worst.error} in component ${worst.index} of "${worst.output}".`,
  )
}
