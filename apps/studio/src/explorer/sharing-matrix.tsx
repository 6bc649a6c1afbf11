import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { paintMatrix, paletteOf } from './paint-matrix.ts'
import type { Symmetry } from './symmetry.ts'

interface SharingMatrixProps {
  readonly symmetry: Symmetry
  /** The weight whose entries are lit. */
  readonly lit: number | undefined
  /** The entry that is looked at, by its number row by row. */
  readonly cursor: number | undefined
  readonly onCursor: (entry: number | undefined) => void
}

/** The entry that a key goes to. */
function entryAfter(key: string, entry: number, rows: number, columns: number): number | undefined {
  const [row, column] = [Math.floor(entry / columns), entry % columns]
  const at = (r: number, c: number): number => Math.min(Math.max(r, 0), rows - 1) * columns + Math.min(Math.max(c, 0), columns - 1)
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: at(row, column - 1),
    ArrowRight: at(row, column + 1),
    ArrowUp: at(row - 1, column),
    ArrowDown: at(row + 1, column),
    Home: at(row, 0),
    End: at(row, columns - 1),
    PageUp: at(0, column),
    PageDown: at(rows - 1, column),
  }
  return moves[key]
}

/** The entry below a pointer. */
function entryBelow(event: PointerEvent, rows: number, columns: number): number | undefined {
  const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect()
  const [row, column] = [Math.floor((rows * (event.clientY - top)) / height), Math.floor((columns * (event.clientX - left)) / width)]
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : undefined
}

/** A frame around an entry. */
function Cursor({ entry, rows, columns }: { readonly entry: number; readonly rows: number; readonly columns: number }) {
  const [left, top] = [(100 * (entry % columns)) / columns, (100 * Math.floor(entry / columns)) / rows]
  return <span class="cursor" style={{ left: `${left}%`, top: `${top}%`, width: `${100 / columns}%`, height: `${100 / rows}%` }} />
}

/** The sharing matrix in colours; what the pointer or the arrow keys meet is looked at. */
export function SharingMatrix({ symmetry, lit, cursor, onCursor }: SharingMatrixProps) {
  const { scheme, inputText } = symmetry
  const { rows, columns, count } = scheme
  const canvas = useRef<HTMLCanvasElement>(null)
  const palette = useMemo(() => paletteOf(scheme), [scheme])
  useLayoutEffect(() => {
    if (canvas.current !== null) paintMatrix(canvas.current, scheme, palette, lit)
  }, [scheme, palette, lit])
  const look = (event: PointerEvent): void => {
    const entry = entryBelow(event, rows, columns)
    if (entry !== undefined) onCursor(entry)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onCursor(undefined)
    const next = cursor === undefined ? (event.key.startsWith('Arrow') ? 0 : undefined) : entryAfter(event.key, cursor, rows, columns)
    if (next === undefined) return
    event.preventDefault()
    onCursor(next)
  }
  const share = (part: number): string => `${(100 * Math.min(part / Math.max(rows, columns), 1)).toFixed(3)}%`
  return (
    <div class="matrix-frame">
      <div
        class="matrix"
        role="application"
        aria-label={`Sharing matrix of ${inputText}: ${rows} by ${columns}, ${count} ${count === 1 ? 'weight' : 'weights'}. Arrow keys go from entry to entry.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys go from entry to entry
        tabIndex={0}
        style={{ width: share(columns), height: share(rows) }}
        onPointerMove={look}
        onPointerDown={look}
        onPointerLeave={(event) => event.pointerType === 'mouse' && onCursor(undefined)}
        onKeyDown={onKeyDown}
        onBlur={() => onCursor(undefined)}
      >
        <canvas ref={canvas} />
        {cursor !== undefined && <Cursor entry={cursor} rows={rows} columns={columns} />}
      </div>
    </div>
  )
}
