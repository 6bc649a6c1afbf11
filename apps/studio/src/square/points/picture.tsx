import { DragPoint } from '../drag-point.tsx'
import type { PictureProps } from '../kind.ts'
import { TurnHandle } from '../turn-handle.tsx'
import { COUNT, points, type TurnAndOrder } from './points.ts'

/** How long an arrow of length 1 is drawn. */
const ARROW = 0.55
/** Points stay within this circle. */
const REACH = 1

const within = (x: number, y: number): readonly [number, number] => {
  const shrink = Math.min(1, REACH / Math.hypot(x, y))
  return [x * shrink, y * shrink]
}

/** The places of the points; on the way to another order they travel. */
function placesOf({ x, journey }: PictureProps<Float64Array, TurnAndOrder>): Float64Array {
  if (journey === undefined || journey.from.order.equals(journey.to.order)) return x
  const { from, to, share } = journey
  // x is moved to the new order already: undo it to find where each point was.
  const before = points.move({ angle: 0, order: from.order.compose(to.order.inverse()) }, x)
  return x.map((value, i) => before[i]! + share * (value - before[i]!))
}

/** An arrow from the origin. */
function Arrow({ dx, dy, kind }: { readonly dx: number; readonly dy: number; readonly kind: string }) {
  const length = Math.hypot(dx, dy)
  const head = Math.min(0.14, length * 0.5)
  const [ux, uy] = length === 0 ? [0, 0] : [dx / length, dy / length]
  const [bx, by] = [dx - head * ux, dy - head * uy]
  const tips = `${dx},${dy} ${bx - 0.5 * head * uy},${by + 0.5 * head * ux} ${bx + 0.5 * head * uy},${by - 0.5 * head * ux}`
  return (
    <g class={`vector ${kind}`}>
      <line x2={bx} y2={by} />
      <polygon points={tips} />
    </g>
  )
}

/** Points with numbers, arrows at them, and a handle that turns them. */
export function PointsPicture(props: PictureProps<Float64Array, TurnAndOrder>) {
  const { x, outputs = [], label, journey, keys = false, onInput, onMove } = props
  const places = placesOf(props)
  const rows = Array.from({ length: COUNT }, (_, i) => i)
  const edited = (i: number, [px, py]: readonly [number, number]): Float64Array =>
    x.map((value, at) => (at === 2 * i ? px : at === 2 * i + 1 ? py : value))
  return (
    <svg viewBox="-1.25 -1.25 2.5 2.5" role={onInput || onMove ? 'group' : 'img'} aria-label={label}>
      {onMove !== undefined && journey !== undefined && (
        <TurnHandle
          angle={journey.from.angle + journey.share * (journey.to.angle - journey.from.angle)}
          radius={1.15}
          keys={keys}
          onTurn={(angle, motion) => onMove({ ...journey.to, angle }, motion)}
        />
      )}
      {rows.map((i) => (
        <DragPoint
          key={i}
          at={{ x: places[2 * i]!, y: -places[2 * i + 1]! }}
          label={`Point ${i + 1}`}
          keys={keys}
          onDrag={onInput && (({ x: px, y: py }) => onInput(edited(i, within(px, -py))))}
        >
          {outputs.map((output, k) => (
            <Arrow key={k} dx={ARROW * output[2 * i]!} dy={-ARROW * output[2 * i + 1]!} kind={k === 0 ? 'way-one' : 'way-two'} />
          ))}
          <circle class={`dot series-${i}`} r={outputs.length === 0 ? 0.13 : 0.08} />
          {outputs.length === 0 && (
            <text class="on-dot" font-size="0.17" dy="0.06">
              {i + 1}
            </text>
          )}
        </DragPoint>
      ))}
    </svg>
  )
}
