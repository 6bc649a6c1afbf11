import { DomainError } from '../errors.ts'
import { composeImages, identityImages, invertImages } from '../permutation/images.ts'
import { Permutation } from '../permutation/permutation.ts'
import type { PermutationGroup } from './permutation-group.ts'

/**
 * A product of generators and their inverses, written from left to right: k means generators[k - 1], -k its inverse. The rightmost factor acts first.
 */
export type Word = readonly number[]

/** An element together with a word for it. */
interface WordElement {
  readonly images: Uint32Array
  readonly word: Word
}

/** The longest word that is stored. */
const LONGEST_WORD = 200_000

/**
 * The approximate number of pairs of representatives that the first round multiplies, over all levels. The number doubles from round to round until all
 * pairs are included, so every coset is reached in the end.
 */
const PAIRS = 10_000

function invert({ images, word }: WordElement): WordElement {
  return { images: invertImages(images), word: word.map((letter) => -letter).reverse() }
}

/** a after b. Letters that cancel where the two words meet are removed. */
function multiply(a: WordElement, b: WordElement): WordElement {
  let cut = 0
  while (cut < a.word.length && cut < b.word.length && a.word[a.word.length - 1 - cut] === -b.word[cut]!) cut++
  return { images: composeImages(a.images, b.images), word: [...a.word.slice(0, a.word.length - cut), ...b.word.slice(cut)] }
}

/**
 * Factorizes elements of a group into short words in its generators, using a table of words for the coset representatives of a stabilizer chain.
 *
 * Products of generators are formed in order of length and sifted. Each residue is stored where the table has no word yet, or a longer one.
 *
 * @throws DomainError if a word of more than 200,000 letters would be needed.
 * @see Minkwitz 1998, "An algorithm for solving the factorization problem in permutation groups".
 * @example
 * const words = new WordTable(rubik())
 * words.factorize(scrambled)      // a few hundred quarter turns
 */
export class WordTable {
  readonly group: PermutationGroup
  readonly #bases: readonly number[]
  readonly #orbits: readonly (readonly number[])[]
  /** For each level and orbit point, an element that fixes the earlier base points and takes the base point of the level to that point. */
  readonly #tables: (WordElement | undefined)[][]
  #missing: number

  constructor(group: PermutationGroup) {
    this.group = group
    const { levels } = group.chain()
    this.#bases = levels.map(({ base }) => base)
    this.#orbits = levels.map(({ orbit }) => orbit)
    const identity = { images: identityImages(group.degree), word: [] }
    this.#tables = levels.map(({ base }) => {
      const table: (WordElement | undefined)[] = []
      table[base] = identity
      return table
    })
    this.#missing = levels.reduce((sum, { orbit }) => sum + orbit.length - 1, 0)
    this.#fill(identity)
  }

  /** A word for a permutation; undefined if it is not in the group. */
  factorize(p: Permutation): number[] | undefined {
    if (!this.group.contains(p)) return undefined
    let rest = p.images
    const words: Word[] = []
    this.#bases.forEach((base, level) => {
      const found = this.#tables[level]![rest[base]!]!
      words.push(found.word)
      rest = composeImages(invertImages(found.images), rest)
    })
    return reduceWord(words.flat())
  }

  /** The element represented by a word. */
  evaluate(word: Word): Permutation {
    const { degree, generators } = this.group
    let images = identityImages(degree)
    for (const letter of word) {
      const generator = generators[Math.abs(letter) - 1]
      if (generator === undefined)
        throw new DomainError('WordTable.evaluate', `letters from 1 to ${generators.length} or their negatives`, String(letter))
      const factor = letter > 0 ? generator.images : invertImages(generator.images)
      images = composeImages(images, factor)
    }
    return Permutation.fromUncheckedImages(images)
  }

  /** Sifts products of generators, shorter ones first, until every coset has a word; then once more to find shorter words. */
  #fill(identity: WordElement): void {
    const letters = this.group.generators.flatMap((generator, k) => {
      const element = { images: generator.images, word: [k + 1] }
      return [element, invert(element)]
    })
    let sphere: WordElement[] = [identity]
    let limit = 16
    let pairs = PAIRS
    while (this.#missing > 0) {
      if (limit > LONGEST_WORD)
        throw new DomainError('WordTable', `words of at most ${LONGEST_WORD} letters`, 'a group that needs longer ones')
      const before = this.#missing
      this.#conjugate(letters, limit)
      this.#close(limit)
      if (this.#missing < before) continue
      if (sphere.length * letters.length <= 20_000) sphere = this.#grow(sphere, letters)
      for (const element of sphere) this.#sift(element, 0, limit)
      this.#combine(limit, pairs)
      pairs *= 2
      limit = Math.ceil(limit * 1.5)
    }
    for (const element of sphere) this.#sift(element, 0, limit)
    this.#combine(limit, PAIRS)
  }

  /** Extends the products by one letter, keeping one product for each element. */
  #grow(sphere: readonly WordElement[], letters: readonly WordElement[]): WordElement[] {
    const longer = new Map<string, WordElement>()
    for (const element of sphere) {
      for (const letter of letters) {
        const product = multiply(element, letter)
        if (product.word.length > element.word.length) longer.set(product.images.join(), product)
      }
    }
    return [...longer.values()]
  }

  /** Divides an element by the representatives, level by level. Stores it where the table has no word yet, or a longer one. */
  #sift(element: WordElement, from: number, limit: number): void {
    let rest = element
    for (let level = from; level < this.#bases.length && rest.word.length > 0 && rest.word.length <= limit; level++) {
      const table = this.#tables[level]!
      const point = rest.images[this.#bases[level]!]!
      const known = table[point]
      if (known === undefined || rest.word.length < known.word.length) {
        table[point] = rest
        if (known === undefined) this.#missing--
        this.#keepInverse(rest, level)
        if (known === undefined) return
        rest = multiply(invert(rest), known)
      } else rest = multiply(invert(known), rest)
    }
  }

  #keepInverse(element: WordElement, level: number): void {
    const inverse = invert(element)
    const table = this.#tables[level]!
    const point = inverse.images[this.#bases[level]!]!
    const known = table[point]
    if (known === undefined) this.#missing--
    if (known === undefined || inverse.word.length < known.word.length) table[point] = inverse
  }

  /** Sifts conjugates of the generators. A conjugate of an element that moves few points also moves few points, so it soon reaches the lower levels. */
  #conjugate(letters: readonly WordElement[], limit: number): void {
    for (const element of this.#known(0)) {
      const inverse = invert(element)
      for (const letter of letters) this.#sift(multiply(multiply(element, letter), inverse), 0, limit)
    }
  }

  /** Sifts products of two representatives of one level, which fills the levels below. */
  #combine(limit: number, pairs: number): void {
    const most = Math.ceil(Math.sqrt(pairs / this.#bases.length))
    this.#bases.forEach((_, level) => {
      const known = this.#known(level).filter(({ word }) => word.length > 0)
      const shortest = known.sort((a, b) => a.word.length - b.word.length).slice(0, most)
      for (const a of shortest)
        for (const b of shortest) if (a.word.length + b.word.length <= limit) this.#sift(multiply(a, b), level, limit)
    })
  }

  /** Reaches more orbit points of every level by multiplying with elements of the levels below. */
  #close(limit: number): void {
    for (let level = this.#bases.length - 1; level >= 0; level--) {
      const movers = this.#bases
        .flatMap((_, k) => (k < level ? [] : this.#known(k)))
        .filter(({ word }) => word.length > 0)
        .sort((a, b) => a.word.length - b.word.length)
      const table = this.#tables[level]!
      const queue = this.#known(level)
      for (const element of queue) {
        for (const mover of movers) {
          const point = mover.images[element.images[this.#bases[level]!]!]!
          if (table[point] !== undefined || mover.word.length + element.word.length > limit) continue
          const product = multiply(mover, element)
          table[point] = product
          this.#missing--
          queue.push(product)
        }
      }
    }
  }

  #known(level: number): WordElement[] {
    return this.#orbits[level]!.flatMap((point) => this.#tables[level]![point] ?? [])
  }
}

/** Removes adjacent letters that cancel. */
function reduceWord(word: Word): number[] {
  const reduced: number[] = []
  for (const letter of word) {
    if (reduced.at(-1) === -letter) reduced.pop()
    else reduced.push(letter)
  }
  return reduced
}
