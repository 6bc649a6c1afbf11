import { composeImages, composeInto, identityImages, invertImages } from '../permutation/images.ts'

/** The first point that a permutation moves, or -1 for the identity. */
export function firstMoved(images: Uint32Array): number {
  for (let i = 0; i < images.length; i++) if (images[i] !== i) return i
  return -1
}

/** A strong generator, shared by the levels of a chain. Its inverse is computed at first use. */
export class StrongGenerator {
  readonly images: Uint32Array
  #inverse: Uint32Array | undefined

  constructor(images: Uint32Array) {
    this.images = images
  }

  get inverse(): Uint32Array {
    this.#inverse ??= invertImages(this.images)
    return this.#inverse
  }
}

/** The number of table entries left for cached transversals of one chain; 64 MiB in total. */
export class TransversalBudget {
  entries: number = 2 ** 24
}

/**
 * One level of a stabilizer chain: a base point, generators of the stabilizer of all earlier base points, and the orbit of the base point.
 *
 * The orbit is stored as a Schreier tree: every point except the root has a parent and the generator that maps the parent to it. For an orbit point x,
 * the coset representative u_x is the product of the generators along the path from the root, so u_x(base) = x. Inverses of u_x are cached within the budget.
 */
export class ChainLevel {
  readonly base: number
  readonly generators: StrongGenerator[] = []
  /** The orbit of the base point, in the order of discovery. */
  readonly orbit: number[]
  /** The parent of every orbit point in the Schreier tree; -1 for points outside the orbit. The base point is its own parent. */
  readonly parent: Int32Array
  /** For every orbit point except the base point, the index of the generator that maps its parent to it. */
  readonly label: Int32Array
  /** For each generator, the number of orbit points whose Schreier generator has been sifted. */
  readonly checked: number[] = []
  readonly #cache: (Uint32Array | undefined)[] = []
  readonly #budget: TransversalBudget

  constructor(degree: number, base: number, budget: TransversalBudget) {
    this.base = base
    this.orbit = [base]
    this.parent = new Int32Array(degree).fill(-1)
    this.label = new Int32Array(degree)
    this.parent[base] = base
    this.#budget = budget
  }

  /** Adds a generator and closes the orbit under all of them. */
  add(generator: StrongGenerator): void {
    const newest = this.generators.push(generator) - 1
    this.checked.push(0)
    const { orbit } = this
    const known = orbit.length
    for (const point of orbit.slice()) this.#reach(point, newest)
    // Stryker disable next-line EqualityOperator: no point stands behind the last one
    for (let k = known; k < orbit.length; k++) {
      for (let g = 0; g <= newest; g++) this.#reach(orbit[k]!, g)
    }
  }

  #reach(point: number, generator: number): void {
    const image = this.generators[generator]!.images[point]!
    if (this.parent[image] !== -1) return
    this.parent[image] = point
    this.label[image] = generator
    this.orbit.push(image)
  }

  /** Replaces h by u_x^-1 h, in place, where x = h(base) must be in the orbit. Afterwards h fixes the base point. */
  strip(h: Uint32Array): void {
    let point = h[this.base]!
    if (point === this.base) return
    const cached = this.#inverseRepresentative(point)
    if (cached !== undefined) {
      composeInto(h, cached, h)
      return
    }
    while (point !== this.base) {
      composeInto(h, this.generators[this.label[point]!]!.inverse, h)
      point = this.parent[point]!
    }
  }

  /** The images of u_x, for x in the orbit, as a new table. */
  representative(point: number): Uint32Array {
    const cached = this.#inverseRepresentative(point)
    if (cached !== undefined) return invertImages(cached)
    const product = identityImages(this.parent.length)
    for (let at = point; at !== this.base; at = this.parent[at]!) {
      composeInto(product, this.generators[this.label[at]!]!.inverse, product)
    }
    return invertImages(product)
  }

  /** The cached inverse of u_x, computed from its nearest cached ancestor; undefined if the budget is spent. */
  #inverseRepresentative(point: number): Uint32Array | undefined {
    const cache = this.#cache
    if (cache[point] !== undefined) return cache[point]
    const degree = this.parent.length
    const path: number[] = []
    let at = point
    for (; at !== this.base && cache[at] === undefined; at = this.parent[at]!) path.push(at)
    if (this.#budget.entries < path.length * degree) return undefined
    this.#budget.entries -= path.length * degree
    let above = cache[at]
    for (let k = path.length - 1; k >= 0; k--) {
      const inverse = this.generators[this.label[path[k]!]!]!.inverse
      above = above === undefined ? inverse : composeImages(above, inverse)
      cache[path[k]!] = above
    }
    return above
  }
}
