import { evaluate, Program, Random } from '@equivar/tensor'
import type { AxisActions } from './axes.ts'
import { drawParameters, type ModuleLike, moduleProgram } from './module-program.ts'
import { axisSymmetry, type GroupElement } from './symmetry.ts'
import { deviation, numbersOf, type Values } from './values.ts'

/** Settings of an equivariance check. */
export interface EquivarianceOptions {
  /** By input name; inputs that are left out are not moved. All actions are of one group. */
  readonly inputActions: Readonly<Record<string, AxisActions>>
  /** By output name; outputs that are left out must not change at all. The output of a module is `y`. */
  readonly outputActions?: Readonly<Record<string, AxisActions>>
  /** Values of the inputs; the axes that actions move have their degrees. A module is called with all of them, in their order. */
  readonly feeds: Values
  /** Products of generators to try beside the generators; 4 if left out. */
  readonly samples?: number
  readonly seed?: number
}

/** What an equivariance check found. */
export interface EquivarianceReport {
  /** Largest difference over the largest magnitude of the output. */
  readonly error: number
  /** Where it is. */
  readonly output: string
  readonly index: number
  /** The group element. */
  readonly element: string
}

const nothingFound: EquivarianceReport = { error: 0, output: '', index: 0, element: 'identity' }

/** The worse of what was found so far and what one group element shows. */
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
  return elements.reduce((found, g) => worse(found, g, evaluate(p, g.input(feeds)), g.output(plain)), nothingFound)
}

/** The same for anything that runs, in the precision that it has. */
export async function symmetryReport(
  run: (inputs: Values) => Promise<Values>,
  elements: readonly GroupElement[],
  feeds: Values,
): Promise<EquivarianceReport> {
  const plain = await run(feeds)
  let found = nothingFound
  for (const g of elements) found = worse(found, g, await run(g.input(feeds)), g.output(plain))
  return found
}

/**
 * How far a function of values, on any device, is from commuting with group elements: max over g of |f(g x) - g f(x)| / max |f|.
 *
 * @param elements - from `Symmetry.elements`.
 */
export async function symmetryError(
  run: (inputs: Values) => Promise<Values>,
  elements: readonly GroupElement[],
  feeds: Values,
): Promise<number> {
  return (await symmetryReport(run, elements, feeds)).error
}

/** @throws RangeError if a name that actions are given for is not among those that there are. */
function demandNames(kind: string, given: Readonly<Record<string, AxisActions>>, names: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new RangeError(`equivarianceError: expected ${kind}Actions for ${names.join(', ')}, received "${unknown}".`)
}

function report(
  given: Program | ModuleLike,
  { inputActions, outputActions = {}, feeds, samples = 4, seed = 1 }: EquivarianceOptions,
): EquivarianceReport {
  const random = new Random({ seed, stream: 'verify' })
  const made = given instanceof Program ? { program: given, parameters: {} } : moduleProgram(given, feeds)
  const { inputs, outputs } = made.program
  const names = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name)
  demandNames('input', inputActions, names(inputs))
  demandNames('output', outputActions, names(outputs))
  const elements = axisSymmetry({ inputs: inputActions, outputs: outputActions }, { samples }).elements(feeds, random)
  const parameters = drawParameters(made.parameters, new Random({ seed, stream: 'parameters' }))
  return equivarianceReport(made.program, elements, { ...feeds, ...parameters })
}

/**
 * How far a Program or a module is from commuting with a group: max over elements g of |f(g x) - g f(x)| / max |f|, in float64.
 *
 * Every generator is tried, then random products. Equivariance under the generators is equivariance under the group. Parameters of a module are drawn.
 *
 * @throws RangeError if no action is given, one is of an input or output that does not exist, or an axis has not the degree of its action.
 */
export function equivarianceError(given: Program | ModuleLike, options: EquivarianceOptions): number {
  return report(given, options).error
}

/** @throws Error if the report is of more than the tolerance. */
export function demandEquivariance({ error, output, index, element }: EquivarianceReport, tolerance: number, where: string): void {
  if (error <= tolerance) return
  throw new Error(
    `expected f(g x) = g f(x) to ${tolerance}, received a relative difference of ${error} in component ${index} of "${output}" for g = ${element} (${where}).`,
  )
}

/**
 * Throws unless a Program or a module commutes with a group.
 *
 * @throws Error naming the group element, the largest component, the tolerance and the seed.
 */
export function expectEquivariant(
  given: Program | ModuleLike,
  { tolerance = 1e-10, ...options }: EquivarianceOptions & { readonly tolerance?: number },
): void {
  demandEquivariance(report(given, options), tolerance, `seed ${options.seed ?? 1}`)
}
