/** A point of a curve. */
export type Point = readonly [x: number, y: number]

/** A curve of a chart. */
export interface Curve {
  readonly points: readonly Point[]
  /** `raw` is drawn thin, `dots` with a dot at every point. */
  readonly look?: 'raw' | 'dots'
}

const WIDTH = 360
const HEIGHT = 170
const [LEFT, RIGHT, TOP, BOTTOM] = [34, 6, 8, 18]

/** Draws curves into an svg element. @param right - the x at the right end, if it is known. @param top - the y at the upper end, which starts at 0. */
export function drawChart(
  svg: SVGElement,
  { curves, right, top, percent = false }: { curves: readonly Curve[]; right: number | undefined; top: number; percent?: boolean },
): void {
  const x = (value: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * value) / (right ?? 1)).toFixed(1)
  const y = (value: number): string => (HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * Math.min(value, top)) / top).toFixed(1)
  const label = (value: number): string => (percent ? `${Math.round(100 * value)} %` : value.toPrecision(2))
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(part * top)}" y2="${y(part * top)}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${y(part * top)}" dy="0.35em" text-anchor="end">${part === 0 ? '0' : label(part * top)}</text>`,
  )
  const ends =
    right === undefined
      ? ''
      : `<text class="tick" x="${LEFT}" y="${HEIGHT - 3}">0</text><text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 3}" text-anchor="end">${right} steps</text>`
  const drawn = curves.map(({ points, look = '' }) => {
    const path = points.length < 2 ? '' : `<path class="curve ${look}" d="M${points.map(([a, b]) => `${x(a)} ${y(b)}`).join('L')}"/>`
    return path + (look === 'dots' ? points.map(([a, b]) => `<circle class="dot" r="3" cx="${x(a)}" cy="${y(b)}"/>`).join('') : '')
  })
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
  svg.innerHTML = [...grid, ends, ...drawn].join('')
}

/** Each value averaged with those before it, which count less and less. */
export function smoothed(points: readonly Point[], memory = 0.9): Point[] {
  let [mean, weight] = [0, 0]
  return points.map(([x, y]) => {
    mean = memory * mean + (1 - memory) * y
    weight = memory * weight + (1 - memory)
    return [x, mean / weight]
  })
}
