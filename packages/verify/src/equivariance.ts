import { evaluate, Program, Random } from '@equivar/tensor'
import type { AxisActions } from './axes.ts'
import { drawParameters, type ModuleLike, moduleProgram } from './module-program.ts'
import { axisSymmetry, type GroupElement } from './symmetry.ts'
import { deviation, numbersOf, type Values } from './values.ts'

/** Options of equivarianceError and expectEquivariant. */
export interface EquivarianceOptions {
  /** The actions by input name. The group does not act on other inputs. All actions belong to one group. */
  readonly inputActions: Readonly<Record<string, AxisActions>>
  /** The actions by output name. Other outputs must be invariant. The output of a module is named `y`. */
  readonly outputActions?: Readonly<Record<string, AxisActions>>
  /** Values of the inputs. Sizes must match the degrees of the actions. A module is called with all of them, in this order. */
  readonly feeds: Values
  /** The number of random products to test in addition to the generators; 4 by default. */
  readonly samples?: number
  readonly seed?: number
}

/** The result of an equivariance check. */
export interface EquivarianceReport {
  /** The largest difference, divided by the largest magnitude of the output. */
  readonly error: number
  /** The output and the component with the largest difference. */
  readonly output: string
  readonly index: number
  /** The name of the group element. */
  readonly element: string
}

const noError: EquivarianceReport = { error: 0, output: '', index: 0, element: 'identity' }

/** The worse of a report and the result for one more group element. */
function worse(found: EquivarianceReport, { name: element }: GroupElement, received: Values, expected: Values): EquivarianceReport {
  return Object.entries(expected).reduce((worst, [output, value]) => {
    const { error, index } = deviation(numbersOf(received[output]), numbersOf(value))
    return error > worst.error ? { error, output, index, element } : worst
  }, found)
}

/** Compares f(g x) with g f(x) for a Program in float64. */
export function equivarianceReport(
  p: Program,
  elements: readonly GroupElement[],
  feeds: Values,
  plain: Values = evaluate(p, feeds),
): EquivarianceReport {
  return elements.reduce((found, g) => worse(found, g, evaluate(p, g.input(feeds)), g.output(plain)), noError)
}

/**
 * Compares f(g x) with g f(x) for any function of values, in its own precision, for one group element after the other.
 *
 * @param plain - f(x).
 * @returns a report for each element.
 */
export async function elementReports(
  run: (inputs: Values) => Promise<Values>,
  elements: readonly GroupElement[],
  feeds: Values,
  plain?: Values,
): Promise<EquivarianceReport[]> {
  const expected = plain ?? (await run(feeds))
  const reports: EquivarianceReport[] = []
  for (const g of elements) reports.push(worse({ ...noError, element: g.name }, g, await run(g.input(feeds)), g.output(expected)))
  return reports
}

/** The worst of the reports of elementReports. */
export async function symmetryReport(
  run: (inputs: Values) => Promise<Values>,
  elements: readonly GroupElement[],
  feeds: Values,
): Promise<EquivarianceReport> {
  const reports = await elementReports(run, elements, feeds)
  return reports.reduce((worst, each) => (each.error > worst.error ? each : worst), noError)
}

/**
 * The equivariance error of any function of values, on any device: max over g of |f(g x) - g f(x)| / max |f|.
 *
 * @param elements - group elements, from `Symmetry.elements`.
 */
export async function symmetryError(
  run: (inputs: Values) => Promise<Values>,
  elements: readonly GroupElement[],
  feeds: Values,
): Promise<number> {
  return (await symmetryReport(run, elements, feeds)).error
}

/** @throws RangeError if actions are given for an unknown name. */
function requireNames(kind: string, given: Readonly<Record<string, AxisActions>>, names: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new RangeError(`equivarianceError: expected ${kind}Actions for ${names.join(', ')}, received "${unknown}".`)
}

function report(
  given: Program | ModuleLike,
  { inputActions, outputActions = {}, feeds, samples = 4, seed = 1 }: EquivarianceOptions,
): EquivarianceReport {
  const random = new Random({ seed, stream: 'verify' })
  const parameterized = given instanceof Program ? { program: given, parameters: {} } : moduleProgram(given, feeds)
  const { inputs, outputs } = parameterized.program
  const names = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name)
  requireNames('input', inputActions, names(inputs))
  requireNames('output', outputActions, names(outputs))
  const elements = axisSymmetry({ inputs: inputActions, outputs: outputActions }, { samples }).elements(feeds, random)
  const parameters = drawParameters(parameterized.parameters, new Random({ seed, stream: 'parameters' }))
  return equivarianceReport(parameterized.program, elements, { ...feeds, ...parameters })
}

/**
 * The equivariance error of a Program or a module: max over group elements g of |f(g x) - g f(x)| / max |f|, in float64.
 *
 * Tests every generator and some random products. Equivariance under the generators implies equivariance under the group. Parameters of a module are random.
 *
 * @throws RangeError if no action is given, an action is given for an unknown name, or the size of an axis differs from the degree of its action.
 */
export function equivarianceError(given: Program | ModuleLike, options: EquivarianceOptions): number {
  return report(given, options).error
}

/** @throws Error if the error of a report exceeds the tolerance. */
export function expectWithinTolerance({ error, output, index, element }: EquivarianceReport, tolerance: number, where: string): void {
  if (error <= tolerance) return
  throw new Error(
    `expected f(g x) = g f(x) to ${tolerance}, received a relative difference of ${error} in component ${index} of "${output}" for g = ${element} (${where}).`,
  )
}

/**
 * Throws unless a Program or a module commutes with a group.
 *
 * @throws Error that names the group element, the largest component, the tolerance and the seed.
 */
export function expectEquivariant(
  given: Program | ModuleLike,
  { tolerance = 1e-10, ...options }: EquivarianceOptions & { readonly tolerance?: number },
): void {
  expectWithinTolerance(report(given, options), tolerance, `seed ${options.seed ?? 1}`)
}
