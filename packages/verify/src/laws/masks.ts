import { type Backend, evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'
import { gradientName, weightedSumProgram } from '../gradients.ts'
import { feedsFor, type LayerUnderTest, type MaskDescription } from '../layer.ts'
import { cropped, droppedFrom, existingEntries, filled, isCovered, maskWithout } from '../masked-entries.ts'
import { numbersOf, relativeError, runToHost, type Values } from '../values.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** @throws Error that names the output and the entry where two results differ in any bit. */
function expectSame(received: Values, expected: Values, where: string): void {
  for (const [name, value] of Object.entries(expected)) {
    const [mine, theirs] = [numbersOf(received[name]), numbersOf(value)]
    const index = theirs.findIndex((v, i) => !Object.is(v, mine[i]))
    if (index >= 0)
      throw new Error(
        `expected ${theirs[index]} in component ${index} of "${name}" as with zeros at masked entries, received ${mine[index]} (${where}).`,
      )
  }
}

/** @throws Error unless derivatives with respect to inputs are 0 at masked entries and nonzero elsewhere. */
function expectNoGradient(masks: readonly MaskDescription[], result: Values, feeds: Values, where: string): void {
  const covered = Object.keys(feeds).filter((name) => result[gradientName(name)] !== undefined && isCovered(masks, name, feeds))
  let largest = 0
  for (const name of covered) {
    const exists = existingEntries(masks, name, (feeds[name] as TensorValue).shape, feeds)
    if (exists.every(Boolean)) throw new Error(`expected feeds with masked entries of "${name}", received none (${where}).`)
    numbersOf(result[gradientName(name)]).forEach((g, i) => {
      if (exists[i]) largest = Math.max(largest, Math.abs(g))
      else if (g !== 0)
        throw new Error(
          `expected a derivative of 0 with respect to component ${i} of "${name}", which is masked, received ${g} (${where}).`,
        )
    })
  }
  if (covered.length > 0 && !(largest > 0))
    throw new Error(`expected derivatives other than 0 with respect to entries that exist, received only zeros (${where}).`)
}

/** @throws Error if NaN or huge numbers at masked entries change a value or a derivative, in the reference or on a backend. */
async function expectMaskedEntriesIgnored<S>(
  layer: LayerUnderTest<S>,
  at: S,
  masks: readonly MaskDescription[],
  backends: readonly Backend[],
): Promise<void> {
  const where = `sizes ${JSON.stringify(at)}, seed ${layer.seed}`
  const { program, drawWeights } = weightedSumProgram(layer.program(at))
  const plain = layer.feeds(at)
  const feeds = { ...plain, ...drawWeights(plain, new Random({ seed: layer.seed, stream: 'weights' })) }
  const zeros = filled(masks, feeds, 0)
  const expected = evaluate(program, zeros)
  for (const number of [Number.NaN, 1e30])
    expectSame(evaluate(program, filled(masks, feeds, number)), expected, `${number} at masked entries, ${where}`)
  for (const [name, value] of Object.entries(expected))
    if (!numbersOf(value).every(Number.isFinite))
      throw new Error(`expected finite numbers, received NaN or infinity in "${name}" (${where}).`)
  expectNoGradient(masks, expected, plain, where)
  for (const backend of backends) {
    const executable = await backend.compile(program)
    const first = await runToHost(executable, zeros)
    const second = await runToHost(executable, filled(masks, feeds, Number.NaN))
    await executable.dispose()
    expectSame(second, first, `NaN at masked entries on ${backend.name}, ${where}`)
  }
}

/** @throws Error if an output is not 0 at a masked entry. */
function expectZeros(p: Program, masks: readonly MaskDescription[], feeds: Values, where: string): void {
  for (const [name, value] of Object.entries(evaluate(p, feeds))) {
    const exists = existingEntries(masks, name, value.shape, feeds)
    const index = value.data.findIndex((v, i) => exists[i] === false && v !== 0)
    if (index >= 0)
      throw new Error(`expected 0 in component ${index} of "${name}", which is masked, received ${value.data[index]} (${where}).`)
  }
}

/** Masks entries, and compares the result with that of inputs without these entries. */
function expectSameIfRemoved<S>(layer: LayerUnderTest<S>, at: S, mask: MaskDescription): void {
  const full = layer.feeds(at)
  const given = full[mask.name]
  if (given === undefined) throw new RangeError(`expected a value for the mask "${mask.name}" among the feeds.`)
  const dropped = droppedFrom(given.shape, mask.padded)
  const feeds = { ...full, [mask.name]: maskWithout(given, dropped) }
  const p = layer.program(at)
  const padded = cropped(mask, evaluate(p, feeds), dropped)
  const alone = layer.program(at, mask.optional !== true)
  const expected = evaluate(alone, feedsFor(alone, cropped(mask, feeds, dropped)))
  for (const [name, value] of Object.entries(expected)) {
    const error = relativeError(numbersOf(padded[name]), numbersOf(value), { minimumScale: 1 })
    if (!(error <= layer.tolerances.float64))
      throw new Error(
        `expected "${name}" to agree to ${layer.tolerances.float64} with the result of inputs without the entries masked by "${mask.name}", received a relative difference of ${error} (sizes ${JSON.stringify(at)}, seed ${layer.seed}).`,
      )
  }
}

/** Checks that masked entries may have any value, give 0, and do not affect other entries. */
export function maskChecks<S>(layer: LayerUnderTest<S>, backends: readonly Backend[]): LayerCheck[] {
  const { masks, sizes, sizesOf = {} } = layer.description
  if (masks === undefined || masks.length === 0) return []
  const tried = sizesOf.masks ?? lastOf(sizes)
  return [
    ...checkOver('ignores the values of masked entries, even NaN, in results and derivatives', tried, (at) =>
      expectMaskedEntriesIgnored(layer, at, masks, backends),
    ),
    ...checkOver('is 0 at masked entries', tried, (at) =>
      expectZeros(layer.program(at), masks, layer.feeds(at), `sizes ${JSON.stringify(at)}, seed ${layer.seed}`),
    ),
    ...checkOver('gives the same result if masked entries are removed', tried, (at) => {
      for (const mask of masks) expectSameIfRemoved(layer, at, mask)
    }),
  ]
}
