import { useRef, useState } from 'preact/hooks'
import { draggable, onArrows, type Place } from '../drag.ts'
import type { PictureProps } from '../kind.ts'
import { slider } from '../slider.ts'
import { COUNT, LENGTH, type OrderAndShift } from './signals.ts'

type Props = PictureProps<Float64Array, OrderAndShift>

/** The drawing is as wide as there are steps between samples, and as tall. */
const WIDTH = LENGTH - 1
const ROW = WIDTH / COUNT
const AMPLITUDE = ROW * 0.4

const middle = (row: number): number => ROW * (row + 0.5)
const clamped = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))

/** Where each row is drawn, on its way from where the signal was before, and the number of the signal in x. */
function rowsOf({ journey }: Props): { readonly y: number; readonly signal: number }[] {
  const rows = Array.from({ length: COUNT }, (_, row) => row)
  if (journey === undefined) return rows.map((row) => ({ y: middle(row), signal: row }))
  const back = journey.to.order.inverse()
  return rows.map((row) => {
    const signal = back.apply(row)
    const before = middle(journey.from.order.apply(signal))
    return { y: before + journey.share * (middle(row) - before), signal }
  })
}

const curve = (values: Float64Array, row: number): string =>
  Array.from(
    { length: LENGTH },
    (_, t) => `${t === 0 ? 'M' : 'L'}${t} ${(-AMPLITUDE * clamped(values[row * LENGTH + t]!, -1.2, 1.2)).toFixed(3)}`,
  ).join('')

/** What draws on the signals of x: a pointer, or a cursor that arrow keys move. */
function useDrawing({ x, onInput, keys }: Props): (row: number) => { readonly cursor?: number; readonly props?: object } {
  const [cursor, moveCursor] = useState<{ row: number; t: number } | undefined>(undefined)
  const last = useRef<number | undefined>(undefined)
  if (onInput === undefined) return () => ({})
  const set = (row: number, from: number, t: number, value: number): void => {
    const [low, high] = [row * LENGTH + Math.min(from, t), row * LENGTH + Math.max(from, t)]
    onInput(x.map((old, at) => (at >= low && at <= high ? clamped(value, -1, 1) : old)))
  }
  return (row) => {
    const t = cursor?.row === row ? cursor.t : LENGTH / 2
    const pointer = draggable((at: Place, first) => {
      const sample = clamped(Math.round(at.x), 0, LENGTH - 1)
      set(row, first || last.current === undefined ? sample : last.current, sample, (middle(row) - at.y) / AMPLITUDE)
      last.current = sample
    })
    const reached = {
      ...slider({
        label: `Signal ${row + 1}. Left and right move along it, up and down change the sample`,
        least: -1,
        most: 1,
        value: Number(x[row * LENGTH + t]!.toFixed(2)),
        text: `Sample ${t + 1}: ${x[row * LENGTH + t]!.toFixed(2)}`,
      }),
      onFocus: () => moveCursor({ row, t }),
      onBlur: () => moveCursor(undefined),
      onKeyDown: onArrows((step) => {
        if (step.x !== 0) moveCursor({ row, t: (t + step.x + LENGTH) % LENGTH })
        else set(row, t, t, x[row * LENGTH + t]! - 0.1 * step.y)
      }),
    }
    return { ...(cursor?.row === row ? { cursor: t } : {}), props: { class: 'signal-row paintable', ...pointer, ...(keys ? reached : {}) } }
  }
}

/** What shifts g x: a pointer that drags it sideways, and the arrow keys. */
function useShifting({ journey, onMove, keys }: Props): object {
  const held = useRef({ x: 0, shift: 0 })
  if (onMove === undefined || journey === undefined) return {}
  const to = (shift: number): void => {
    const cyclic = ((Math.round(shift) % LENGTH) + LENGTH) % LENGTH
    if (cyclic !== journey.to.shift) onMove({ ...journey.to, shift: cyclic }, 'at once')
  }
  const pointer = draggable(({ x }, first) => {
    if (first) held.current = { x, shift: journey.to.shift }
    else to(held.current.shift + x - held.current.x)
  })
  const reached = {
    ...slider({ label: 'Shift of all signals', least: 0, most: LENGTH - 1, value: journey.to.shift }),
    onKeyDown: onArrows((step) => to(journey.to.shift + step.x - step.y)),
  }
  return { class: 'movable', ...pointer, ...(keys ? reached : {}) }
}

/** Signals below each other. */
export function SignalsPicture(props: Props) {
  const { x, outputs = [x], label, onInput, onMove } = props
  const drawing = useDrawing(props)
  const shifting = useShifting(props)
  return (
    <svg viewBox={`0 0 ${WIDTH} ${WIDTH}`} class="signals" role={onInput || onMove ? 'group' : 'img'} aria-label={label}>
      {rowsOf(props).map(({ y, signal }, row) => {
        const { cursor, props: drawn = {} } = drawing(row)
        return (
          <g key={signal} transform={`translate(0 ${y})`} {...drawn}>
            <rect class="reach" y={-ROW / 2} width={WIDTH} height={ROW} />
            <line class="axis" x2={WIDTH} />
            {outputs.map((values, k) => (
              <path
                key={k}
                class={`curve series-${signal} ${outputs.length < 2 ? '' : k === 0 ? 'way-one' : 'way-two'}`}
                d={curve(values, row)}
              />
            ))}
            {cursor !== undefined && <circle class="cursor-dot" cx={cursor} cy={-AMPLITUDE * x[row * LENGTH + cursor]!} r="0.7" />}
          </g>
        )
      })}
      {onMove !== undefined && (
        <g {...shifting}>
          <rect class="reach" width={WIDTH} height={WIDTH} />
        </g>
      )}
    </svg>
  )
}
