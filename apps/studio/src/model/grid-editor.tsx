import { useEffect, useRef, useState } from 'preact/hooks'
import { gridOf, numbersOf, withNumbers } from './editors.ts'
import type { EditorProps } from './points-editor.tsx'

/** The side of a cell, at most. */
const LARGEST_CELL = 3

/** The colours of numbers above and below 0: red, green, blue. */
const [ABOVE, BELOW] = [
  [98, 112, 240],
  [210, 110, 40],
] as const

/** Draws numbers as pixels: the larger, the less the page shines through. */
function paint(
  canvas: HTMLCanvasElement,
  numbers: Float64Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): void {
  const most = numbers.reduce((top, each) => Math.max(top, Math.abs(each)), 1e-9)
  const image = new ImageData(columns, rows)
  numbers.forEach((number, at) => {
    image.data.set([...(number < 0 ? BELOW : ABOVE), (255 * Math.abs(number)) / most], 4 * at)
  })
  canvas.getContext('2d')?.putImageData(image, 0, 0)
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/** Any numbers as a grid that is painted, or changed cell by cell. */
export function GridEditor({ name, value, change }: EditorProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [cell, setCell] = useState(0)
  const [brush, setBrush] = useState(1)
  const grid = gridOf(value)
  const numbers = numbersOf(value)
  const chosen = Math.min(cell, numbers.length - 1)
  useEffect(() => {
    if (canvas.current !== null && numbers.length > 0) paint(canvas.current, numbers, grid)
  }, [value])
  if (numbers.length === 0) return <p class="note">{name} has no numbers at this size.</p>
  const [row, column] = [Math.floor(chosen / grid.columns), chosen % grid.columns]
  const paintAt = (event: PointerEvent): void => {
    if (event.buttons === 0) return
    const box = (event.currentTarget as Element).getBoundingClientRect()
    const index = (part: number, count: number): number => Math.max(0, Math.min(count - 1, Math.floor(part * count)))
    const at =
      index((event.clientY - box.top) / box.height, grid.rows) * grid.columns + index((event.clientX - box.left) / box.width, grid.columns)
    setCell(at)
    if (numbers[at] !== brush) change(withNumbers(value, [[at, brush]]))
  }
  const press = (event: KeyboardEvent): void => {
    const by = arrows[event.key]
    if (event.key === 'Enter' || event.key === ' ') change(withNumbers(value, [[chosen, brush]]))
    else if (by === undefined) return
    else setCell(Math.max(0, Math.min(grid.rows - 1, row + by[0])) * grid.columns + Math.max(0, Math.min(grid.columns - 1, column + by[1])))
    event.preventDefault()
  }
  const number = (set: (number: number) => void) => (event: Event) => {
    const { valueAsNumber } = event.currentTarget as HTMLInputElement
    if (Number.isFinite(valueAsNumber)) set(valueAsNumber)
  }
  return (
    <div class="grid">
      <div
        class="cells"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys go from cell to cell.
        tabIndex={0}
        aria-label={`${name}: ${grid.rows} rows, ${grid.columns} columns. Arrow keys choose a cell, Enter paints it.`}
        style={{ aspectRatio: `${grid.columns} / ${grid.rows}`, maxWidth: `min(34rem, ${LARGEST_CELL * grid.columns}rem)` }}
        onKeyDown={press}
      >
        <canvas
          ref={canvas}
          width={grid.columns}
          height={grid.rows}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            paintAt(event)
          }}
          onPointerMove={paintAt}
        />
        <span
          class="cell"
          style={{
            left: `${(100 * column) / grid.columns}%`,
            top: `${(100 * row) / grid.rows}%`,
            width: `${100 / grid.columns}%`,
            height: `${100 / grid.rows}%`,
          }}
        />
      </div>
      <div class="fields">
        <label>
          Paint with <input type="number" step="any" value={brush} onInput={number(setBrush)} />
        </label>
        <label>
          Row {row}, column {column}{' '}
          <input
            type="number"
            step="any"
            value={Number(numbers[chosen]?.toPrecision(4))}
            onChange={number((each) => change(withNumbers(value, [[chosen, each]])))}
          />
        </label>
      </div>
    </div>
  )
}
