import { type Backend, evaluate, type Program, Random } from '@equivar/tensor'
import { gradientName, weighedProgram } from '../gradients.ts'
import { feedsFor, type LayerUnderTest, type MaskDescription } from '../layer.ts'
import { cropped, droppedFrom, existingEntries, filled, isCovered, maskWithout } from '../masked-entries.ts'
import { numbersOf, relativeError, runToHost, type Values } from '../values.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** @throws Error naming the output and the entry where two results are not the same bit for bit. */
function demandSame(received: Values, expected: Values, where: string): void {
  for (const [name, value] of Object.entries(expected)) {
    const [mine, theirs] = [numbersOf(received[name]), numbersOf(value)]
    const index = theirs.findIndex((v, i) => !Object.is(v, mine[i]))
    if (index >= 0)
      throw new Error(
        `expected ${theirs[index]} in component ${index} of "${name}" as with zeros in the padding, received ${mine[index]} (${where}).`,
      )
  }
}

/** @throws Error unless derivatives by inputs are 0 where nothing exists, and not everywhere. */
function demandNoGradient(masks: readonly MaskDescription[], result: Values, feeds: Values, where: string): void {
  const covered = Object.keys(feeds).filter((name) => result[gradientName(name)] !== undefined && isCovered(masks, name, feeds))
  let largest = 0
  for (const name of covered) {
    const exists = existingEntries(masks, name, feeds[name]?.shape ?? [], feeds)
    if (exists.every(Boolean)) throw new Error(`expected feeds whose masks leave out entries of "${name}", received none (${where}).`)
    numbersOf(result[gradientName(name)]).forEach((g, i) => {
      if (exists[i]) largest = Math.max(largest, Math.abs(g))
      else if (g !== 0)
        throw new Error(`expected a derivative of 0 by component ${i} of "${name}", which does not exist, received ${g} (${where}).`)
    })
  }
  if (covered.length > 0 && !(largest > 1e-4))
    throw new Error(`expected derivatives over 1e-4 by what exists, received ${largest} (${where}).`)
}

async function demandPaddingIgnored<S>(layer: LayerUnderTest<S>, at: S, backends: readonly Backend[]): Promise<void> {
  const { masks = [] } = layer.description
  const where = `sizes ${JSON.stringify(at)}, seed ${layer.seed}`
  const { program, drawWeights } = weighedProgram(layer.program(at))
  const plain = layer.feeds(at)
  const feeds = { ...plain, ...drawWeights(plain, new Random({ seed: layer.seed, stream: 'weights' })) }
  const zeros = filled(masks, feeds, 0)
  const expected = evaluate(program, zeros)
  for (const number of [Number.NaN, 1e30])
    demandSame(evaluate(program, filled(masks, feeds, number)), expected, `${number} in the padding, ${where}`)
  for (const [name, value] of Object.entries(expected))
    if (!numbersOf(value).every(Number.isFinite)) throw new Error(`expected numbers, received NaN or infinity in "${name}" (${where}).`)
  demandNoGradient(masks, expected, plain, where)
  for (const backend of backends) {
    const executable = await backend.compile(program)
    const first = await runToHost(executable, zeros)
    const second = await runToHost(executable, filled(masks, feeds, Number.NaN))
    await executable.dispose()
    demandSame(second, first, `NaN in the padding on ${backend.name}, ${where}`)
  }
}

/** @throws Error if an output is not 0 at an entry that its masks say does not exist. */
function demandZeros(p: Program, masks: readonly MaskDescription[], feeds: Values, where: string): void {
  for (const [name, value] of Object.entries(evaluate(p, feeds))) {
    const exists = existingEntries(masks, name, value.shape, feeds)
    const index = value.data.findIndex((v, i) => exists[i] === false && v !== 0)
    if (index >= 0)
      throw new Error(`expected 0 in component ${index} of "${name}", which does not exist, received ${value.data[index]} (${where}).`)
  }
}

/** Leaves entries out by a mask, and compares with inputs that are without them. */
function demandAlone<S>(layer: LayerUnderTest<S>, at: S, mask: MaskDescription): void {
  const full = layer.feeds(at)
  const given = full[mask.name]
  if (given === undefined) throw new RangeError(`expected a value of the mask "${mask.name}" among the feeds.`)
  const dropped = droppedFrom(given.shape, mask.padded)
  const feeds = { ...full, [mask.name]: maskWithout(given, dropped) }
  const p = layer.program(at)
  const padded = cropped(mask, evaluate(p, feeds), dropped)
  const alone = layer.program(at, mask.optional !== true)
  const expected = evaluate(alone, feedsFor(alone, cropped(mask, feeds, dropped)))
  for (const [name, value] of Object.entries(expected)) {
    const error = relativeError(numbersOf(padded[name]), numbersOf(value), 1)
    if (!(error <= layer.tolerances.float64))
      throw new Error(
        `expected "${name}" to ${layer.tolerances.float64} as of inputs without what the mask "${mask.name}" leaves out, received a relative difference of ${error} (sizes ${JSON.stringify(at)}, seed ${layer.seed}).`,
      )
  }
}

/** What masks leave out may be anything, comes out as 0, and changes nothing for the rest. */
export function maskChecks<S>(layer: LayerUnderTest<S>, backends: readonly Backend[]): LayerCheck[] {
  const { masks = [], sizes, sizesOf = {} } = layer.description
  if (masks.length === 0) return []
  const tried = sizesOf.masks ?? lastOf(sizes)
  return [
    ...checkOver('what does not exist may be anything, also NaN, and changes no value and no derivative', tried, (at) =>
      demandPaddingIgnored(layer, at, backends),
    ),
    ...checkOver('the result is 0 where nothing exists', tried, (at) =>
      demandZeros(layer.program(at), masks, layer.feeds(at), `sizes ${JSON.stringify(at)}, seed ${layer.seed}`),
    ),
    ...checkOver('what exists gets what it gets without the rest', tried, (at) => {
      for (const mask of masks) demandAlone(layer, at, mask)
    }),
  ]
}
