import type { Scale } from './scales.ts'
import type { Side } from './task.ts'
import type { Point } from './trace.ts'

/** A curve of a chart. */
export interface Curve {
  readonly side: Side
  readonly points: readonly Point[]
  /** `raw` is drawn thin and has no name beside it, `dots` with a dot at every point. */
  readonly look?: 'raw' | 'dots'
}

const [WIDTH, HEIGHT] = [400, 236]
const [LEFT, RIGHT, TOP, BOTTOM] = [50, 88, 12, 40]
/** Least distance of the names beside the curves. */
const LINE = 17

/** Heights of the names of curves, moved apart where they would cover each other. */
function namePlaces(heights: readonly number[]): number[] {
  const [first, second] = heights
  if (first === undefined || second === undefined || Math.abs(first - second) >= LINE) return [...heights]
  const middle = Math.min(HEIGHT - BOTTOM - LINE / 2, Math.max(TOP + LINE / 2, (first + second) / 2))
  return first <= second ? [middle - LINE / 2, middle + LINE / 2] : [middle + LINE / 2, middle - LINE / 2]
}

/** The axes: marks, lines across, and what is counted to the right. */
function Axes({ x, y, below }: { readonly x: Scale; readonly y: Scale; readonly below: string }) {
  const [across, up] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM]
  return (
    <>
      {y.ticks.map(({ at, label }) => (
        <g key={label} transform={`translate(0 ${HEIGHT - BOTTOM - up * at})`}>
          <line class="rule" x1={LEFT} x2={WIDTH - RIGHT} />
          <text class="tick" x={LEFT - 8} dy="0.35em" text-anchor="end">
            {label}
          </text>
        </g>
      ))}
      {x.ticks.map(({ at, label }) => (
        <text key={label} class="tick" x={LEFT + across * at} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
          {label}
        </text>
      ))}
      <text class="tick" x={LEFT + across / 2} y={HEIGHT - 4} text-anchor="middle">
        {below}
      </text>
    </>
  )
}

/** A curve, with its name at its end. */
function Line({
  curve,
  toX,
  toY,
  name,
}: {
  readonly curve: Curve
  toX(x: number): number
  toY(y: number): number
  readonly name: number | undefined
}) {
  const { points, side, look = '' } = curve
  const places = points.map(([x, y]) => [toX(x).toFixed(1), toY(y).toFixed(1)] as const)
  return (
    <g class={`trace ${side} ${look}`}>
      {places.length > 1 && <path d={`M${places.map((place) => place.join(' ')).join('L')}`} />}
      {look === 'dots' && places.map(([x, y]) => <circle key={x} r="3.2" cx={x} cy={y} />)}
      {name !== undefined && (
        <text class="name" x={Number(places.at(-1)?.[0]) + 8} y={name} dy="0.35em">
          {side}
        </text>
      )}
    </g>
  )
}

/** Curves of both networks, with their names at their ends. @param summary - what it shows, for who cannot see it. */
export function Chart(props: {
  readonly title: string
  readonly summary: string
  readonly x: Scale
  readonly y: Scale
  readonly below: string
  readonly curves: readonly Curve[]
}) {
  const { title, summary, x, y, below, curves } = props
  const toX = (value: number): number => LEFT + (WIDTH - LEFT - RIGHT) * x.place(value)
  const toY = (value: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y.place(value)
  const named = curves.filter(({ look, points }) => look !== 'raw' && points.length > 0)
  const places = namePlaces(named.map(({ points }) => toY(points.at(-1)?.[1] ?? 0)))
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
        <Axes x={x} y={y} below={below} />
        {curves.map((curve) => (
          <Line key={`${curve.side} ${curve.look}`} curve={curve} toX={toX} toY={toY} name={places[named.indexOf(curve)]} />
        ))}
      </svg>
    </figure>
  )
}
