import type { TensorValue } from '@equivar/tensor'
import { useRef } from 'preact/hooks'
import { useStateOf } from '../parts/use-state-of.ts'
import { numbersOf, withNumbers } from './editors.ts'

/** What every editor of an input is given. */
export interface EditorProps {
  readonly name: string
  readonly value: TensorValue
  /** Counts the values that came from elsewhere than this editor. */
  readonly source: number
  /** How many nodes the graph has, where the input is one. */
  readonly nodes: number | undefined
  /** @param nodes - how many nodes the graph has now, where the input is one. */
  change(value: TensorValue, nodes?: number): void
}

const SIDE = 400
const shown = (value: number): string => value.toFixed(2)

/** Half of the side of the square in which all points lie. */
const rangeOf = (numbers: Float64Array): number => Math.max(1.25, 1.15 * numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0))

/** A point that is dragged, or moved by the arrow keys; in space, up and down by PageUp and PageDown. */
function Point(props: {
  readonly index: number
  readonly place: readonly number[]
  readonly range: number
  move(place: readonly number[]): void
}) {
  const { index, place, range, move } = props
  const [x = 0, y = 0, z] = place
  const held = useRef(false)
  const drag = (event: PointerEvent): void => {
    const square = (event.currentTarget as Element).closest('svg')?.getBoundingClientRect()
    if (!held.current || square === undefined) return
    const along = (part: number): number => Math.max(-range, Math.min(range, range * (2 * part - 1)))
    move([along((event.clientX - square.left) / square.width), -along((event.clientY - square.top) / square.height), ...place.slice(2)])
  }
  const press = (event: KeyboardEvent): void => {
    const step = range / (event.shiftKey ? 100 : 20)
    const by = {
      ArrowLeft: [-step, 0, 0],
      ArrowRight: [step, 0, 0],
      ArrowUp: [0, step, 0],
      ArrowDown: [0, -step, 0],
      PageUp: [0, 0, step],
      PageDown: [0, 0, -step],
    }
    const change = by[event.key as keyof typeof by]
    if (change === undefined) return
    event.preventDefault()
    move(place.map((each, axis) => each + (change[axis] as number)))
  }
  const radius = 9 + (z === undefined ? 0 : (5 * z) / range)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a point of a drawing cannot be a button of HTML.
    <g
      class="point"
      role="button"
      tabindex={0}
      aria-label={`Point ${index} at ${place.map(shown).join(', ')}. Arrow keys move it${z === undefined ? '' : ', Page Up and Page Down in depth'}.`}
      transform={`translate(${(SIDE / 2) * (1 + x / range)} ${(SIDE / 2) * (1 - y / range)})`}
      onPointerDown={(event) => {
        held.current = true
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={drag}
      onPointerUp={() => {
        held.current = false
      }}
      onPointerCancel={() => {
        held.current = false
      }}
      onKeyDown={press}
    >
      <circle class="touched" r="16" />
      <circle r={radius} />
      <text dy="0.35em" text-anchor="middle">
        {index}
      </text>
    </g>
  )
}

/** A set of points in the plane or in space, seen from above: each is dragged. */
export function PointsEditor({ name, value, source, change }: EditorProps) {
  const numbers = numbersOf(value)
  const width = value.shape.at(-1) ?? 2
  // The square stays as it is while a point is dragged.
  const [range] = useStateOf(source, () => rangeOf(numbers))
  const count = numbers.length / width
  return (
    <div class="points">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing cannot be a fieldset. */}
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="group" aria-label={`The points of ${name}`}>
        <path class="axes" d={`M0 ${SIDE / 2}H${SIDE}M${SIDE / 2} 0V${SIDE}`} />
        {Array.from({ length: count }, (_, i) => (
          <Point
            key={i}
            index={i}
            place={[...numbers.subarray(i * width, (i + 1) * width)]}
            range={range}
            move={(place) =>
              change(
                withNumbers(
                  value,
                  place.map((each, axis) => [i * width + axis, each]),
                ),
              )
            }
          />
        ))}
      </svg>
      <p class="note">
        Drag the points. The number is the place of each in the input
        {width === 3 ? '; larger is nearer, Page Up and Page Down move in depth' : ''}.
      </p>
    </div>
  )
}
