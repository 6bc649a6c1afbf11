import type { Permutation } from '@equivar/groups'

interface CellRowProps {
  readonly name: string
  readonly what: string
  readonly values: Float64Array
  /** Where each cell has moved to. */
  readonly places?: Permutation
  /** The values in their order on the page, if cells have moved. */
  readonly spoken?: Float64Array
}

/** Up to how many cells show their numbers, and are read aloud. */
const NUMBERED = 12

const written = (value: number): string => value.toFixed(1).replace('-', '−')

/** The colour of a value: one hue below 0, another above, stronger away from 0. */
function shade(value: number): string {
  const strength = Math.round(85 * Math.tanh(Math.abs(value)))
  return `color-mix(in oklab, var(${value < 0 ? '--below' : '--above'}) ${strength}%, var(--card))`
}

/** Numbers as a row of coloured cells. Cells that move slide to their places. */
export function CellRow({ name, what, values, places, spoken = values }: CellRowProps) {
  const count = values.length
  const label = count <= NUMBERED ? `${what}: ${Array.from(spoken, written).join(', ')}` : `${what}: ${count} numbers`
  return (
    <div class="cell-row">
      <span class="name">{name}</span>
      <div class={count <= 64 ? 'cells parted' : 'cells'} role="img" aria-label={label}>
        {Array.from(values, (value, point) => (
          <span
            key={point}
            class="cell"
            style={{
              width: `${100 / count}%`,
              background: shade(value),
              transform: `translateX(${100 * (places?.apply(point) ?? point)}%)`,
            }}
          >
            {count <= NUMBERED && written(value)}
          </span>
        ))}
      </div>
    </div>
  )
}
