/** A point of a curve. */
export type Point = readonly [x: number, y: number]

/** A curve of a chart. */
export interface Curve {
  readonly points: readonly Point[]
  /** `raw` is drawn thin, `dots` with a dot at every point. */
  readonly look?: 'raw' | 'dots'
}

const WIDTH = 360
const HEIGHT = 190
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 10, 8, 22]
/** Points that a curve is drawn with: more than there are pixels would be drawn over each other. */
const DRAWN = 500

/** The smallest round step, 1, 2 or 5 times a power of ten, that gets from 0 to the end in so many steps. */
function roundStep(end: number, steps: number): number {
  const power = 10 ** Math.floor(Math.log10(end / steps))
  return power * ([1, 2, 5].find((factor) => factor * power * steps >= end) ?? 10)
}

/** Draws curves into an svg element. @param right - the x at the right end, if it is known. @param top - the largest y to be seen; 0 is the smallest. */
export function drawChart(
  svg: SVGElement,
  { curves, right, top, percent = false }: { curves: readonly Curve[]; right: number | undefined; top: number; percent?: boolean },
): void {
  const [across, up] = [roundStep(right ?? 1, 5), percent ? 0.25 : roundStep(top, 4)]
  const end = Math.ceil(top / up - 1e-9) * up
  const x = (value: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * value) / (right ?? 1)).toFixed(1)
  const y = (value: number): string => (HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * Math.min(value, end)) / end).toFixed(1)
  const label = (value: number): string => (percent ? `${Math.round(100 * value)} %` : String(Number(value.toPrecision(2))))
  const levels = Array.from({ length: Math.round(end / up) + 1 }, (_, i) => i * up)
  const grid = levels.map(
    (value) =>
      `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${y(value)}" dy="0.35em" text-anchor="end">${label(value)}</text>`,
  )
  const marks = right === undefined ? [] : Array.from({ length: Math.floor(right / across) + 1 }, (_, i) => i * across)
  const below = marks.map((value) => {
    const anchor = value === 0 ? 'start' : value > 0.9 * (right ?? 1) ? 'end' : 'middle'
    return `<text class="tick" x="${x(value)}" y="${HEIGHT - 4}" text-anchor="${anchor}">${value === 0 ? 'step 0' : value}</text>`
  })
  const drawn = curves.map(({ points, look = '' }) => {
    const path = points.length < 2 ? '' : `<path class="curve ${look}" d="M${points.map(([a, b]) => `${x(a)} ${y(b)}`).join('L')}"/>`
    return path + (look === 'dots' ? points.map(([a, b]) => `<circle class="dot" r="3" cx="${x(a)}" cy="${y(b)}"/>`).join('') : '')
  })
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
  svg.innerHTML = [...grid, ...below, ...drawn].join('')
}

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
