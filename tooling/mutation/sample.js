import { createHash } from 'node:crypto'

/**
 * @typedef {{ id: string, fileName: string, location: object, mutatorName: string, replacement?: string }} Mutant
 * @typedef {{ count: number, seed: number }} Sample
 */

/**
 * A number that only the seed, the place and the change decide: the same sample is drawn on every machine.
 *
 * @param {Mutant} mutant
 * @param {number} seed
 */
function rank({ fileName, location, mutatorName, replacement }, seed) {
  const place = fileName.slice(fileName.lastIndexOf('/packages/'))
  return createHash('sha256')
    .update(JSON.stringify([seed, place, location, mutatorName, replacement]))
    .digest('hex')
}

/**
 * Draws mutants, each with equal probability.
 *
 * @param {readonly Mutant[]} mutants
 * @param {Sample} sample
 * @returns {Set<string>} their numbers
 */
export function drawn(mutants, { count, seed }) {
  const ranked = mutants.map((mutant) => ({ id: mutant.id, rank: rank(mutant, seed) }))
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  return new Set(ranked.slice(0, count).map(({ id }) => id))
}

/** Lets a sample of the mutants pass. StrykerJS has no samples, but it does not try what a checker refuses. */
class SampleChecker {
  static inject = ['options']

  /** @param {{ drawn: Sample }} options */
  constructor(options) {
    this.sample = options.drawn
  }

  async init() {}

  /** All mutants are one group: a sample is drawn from all of them at once. @param {readonly Mutant[]} mutants */
  group(mutants) {
    return [mutants.map(({ id }) => id)]
  }

  /** @param {readonly Mutant[]} mutants */
  async check(mutants) {
    const ids = drawn(mutants, this.sample)
    return Object.fromEntries(
      mutants.map(({ id }) => [id, ids.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' }]),
    )
  }
}

/** What StrykerJS reads: the checker, and the option that it needs. */
export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: SampleChecker }]
export const strykerValidationSchema = { properties: { drawn: { type: 'object' } } }
