/** Undoes a table of images. */
export function invertImages(images: Uint32Array): Uint32Array {
  const inverse = new Uint32Array(images.length)
  for (let i = 0; i < images.length; i++) inverse[images[i]!] = i
  return inverse
}

/** The first point that a table moves, or -1. */
export function firstMoved(images: Uint32Array): number {
  for (let i = 0; i < images.length; i++) if (images[i] !== i) return i
  return -1
}

/** A generator that the levels of a chain share; its inverse is made when it is first used. */
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

/** How many table entries the cached transversals of one chain may hold together: 64 MiB. */
export class TransversalBudget {
  entries: number = 2 ** 24
}

/**
 * One level of a stabilizer chain: a base point, generators of the stabilizer of all earlier base points, and the orbit of the base point.
 *
 * The orbit is a Schreier tree: each point but the root has the point it came from and the generator that brought it. For every orbit point x,
 * u_x is the product of generators along the path, with u_x(base) = x; its inverse is cached while memory lasts.
 */
export class ChainLevel {
  readonly base: number
  readonly generators: StrongGenerator[] = []
  /** The orbit of the base point, in the order in which it was found. */
  readonly orbit: number[]
  /** For an orbit point, the point it was reached from; -1 outside the orbit; the base point is its own parent. */
  readonly parent: Int32Array
  /** For an orbit point that is not the base, the generator that reached it. */
  readonly label: Int32Array
  /** For each generator, how many points of the orbit have had their Schreier generator sifted. */
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
    for (let k = 0; k < known; k++) this.#reach(orbit[k]!, newest)
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

  /** Multiplies h by the inverse of u_x from the left, in place, where x = h(base) must lie in the orbit; h then fixes the base point. */
  strip(h: Uint32Array): void {
    let point = h[this.base]!
    if (point === this.base) return
    const cached = this.#inverseRepresentative(point)
    if (cached !== undefined) {
      for (let i = 0; i < h.length; i++) h[i] = cached[h[i]!]!
      return
    }
    while (point !== this.base) {
      const inverse = this.generators[this.label[point]!]!.inverse
      for (let i = 0; i < h.length; i++) h[i] = inverse[h[i]!]!
      point = this.parent[point]!
    }
  }

  /** A new table of u_x, for x in the orbit. */
  representative(point: number): Uint32Array {
    const cached = this.#inverseRepresentative(point)
    if (cached !== undefined) return invertImages(cached)
    const product = new Uint32Array(this.parent.length)
    for (let i = 0; i < product.length; i++) product[i] = i
    for (let at = point; at !== this.base; at = this.parent[at]!) {
      const inverse = this.generators[this.label[at]!]!.inverse
      for (let i = 0; i < product.length; i++) product[i] = inverse[product[i]!]!
    }
    return invertImages(product)
  }

  /** The cached inverse of u_x, made from its nearest cached ancestor; undefined when the budget is spent. */
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
      if (above === undefined) above = inverse
      else {
        const product = new Uint32Array(degree)
        for (let i = 0; i < degree; i++) product[i] = above[inverse[i]!]!
        above = product
      }
      cache[path[k]!] = above
    }
    return above
  }
}
