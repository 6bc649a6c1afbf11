/** A point of a curve. */
export type Point = readonly [x: number, y: number]

/** Points that a curve is drawn with: more than there are pixels would be drawn over each other. */
const DRAWN = 500

/** A curve that grows for as long as one likes, and is smoothed on the way. What is kept of it does not grow: every second point goes when there are many. */
export class Trace {
  readonly raw: Point[] = []
  readonly smooth: Point[] = []
  #count = 0
  #every = 1
  #mean = 0
  #weight = 0

  /** Adds a point. @param memory - the weight of what came before in the average. */
  add([x, y]: Point, memory = 0.9): void {
    this.#mean = memory * this.#mean + (1 - memory) * y
    this.#weight = memory * this.#weight + (1 - memory)
    if (this.#count++ % this.#every !== 0) return
    this.raw.push([x, y])
    this.smooth.push([x, this.#mean / this.#weight])
    if (this.raw.length < DRAWN) return
    for (const points of [this.raw, this.smooth]) points.splice(0, points.length, ...points.filter((_, i) => i % 2 === 0))
    this.#every *= 2
  }
}
