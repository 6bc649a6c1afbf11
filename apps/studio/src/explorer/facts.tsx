import { cssColour } from '../parts/colour.ts'
import { formulaOf } from './formula.ts'
import { FormulaText, RowFormula, WeightName } from './formula-view.tsx'
import { pointName, type Symmetry } from './symmetry.ts'

const counted = (count: number, what: string): string => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`

/** What a layer with a symmetry has: how many weights, for how many elements of the group, by which formula. */
export function Facts({ symmetry, row, lit }: { readonly symmetry: Symmetry; readonly row: number; readonly lit: number | undefined }) {
  const { scheme, input, output, biases, order } = symmetry
  const { text, words } = formulaOf(symmetry)
  const entries = scheme.rows * scheme.columns
  return (
    <section class="facts" aria-label="The layer">
      <p class="count">
        <strong>{scheme.count.toLocaleString('en')}</strong> {scheme.count === 1 ? 'weight' : 'weights'}{' '}
        <span>instead of {entries.toLocaleString('en')}</span>
      </p>
      <dl>
        <div>
          <dt>group</dt>
          <dd>{order === '1' ? '1 element' : `${order} elements`}</dd>
        </div>
        <div>
          <dt>acts on</dt>
          <dd>{counted(input.degree, 'point')}</dd>
        </div>
        {output !== input && (
          <div>
            <dt>output</dt>
            <dd>{counted(output.degree, 'point')}</dd>
          </div>
        )}
        <div>
          <dt>bias</dt>
          <dd>{counted(biases.count, 'number')}</dd>
        </div>
      </dl>
      <p class="headline">
        <FormulaText text={text} />
        <span class="words">{words}</span>
      </p>
      <RowFormula symmetry={symmetry} row={row} lit={lit} />
    </section>
  )
}

/** What is looked at, in a sentence. */
export function Readout({
  symmetry,
  cursor,
  lit,
}: {
  readonly symmetry: Symmetry
  readonly cursor: number | undefined
  readonly lit: number | undefined
}) {
  const { scheme, input, output, first } = symmetry
  const pair = (entry: number): string =>
    `(${pointName(output, Math.floor(entry / scheme.columns))}; ${pointName(input, entry % scheme.columns)})`
  if (lit === undefined)
    return (
      <p class="readout" role="status">
        Point at an entry, or go there with the arrow keys: every entry with the same weight lights up.
      </p>
    )
  const size = scheme.sizes[lit]!
  return (
    <p class="readout" role="status">
      {cursor !== undefined && `Entry ${pair(cursor)}: `}weight <WeightName label={lit} count={scheme.count} /> of{' '}
      {size.toLocaleString('en')} {size === 1 ? 'entry' : 'entries'}, the orbit of {pair(first[lit]!)}.
    </p>
  )
}

/** How many weights the legend lists. */
const LISTED = 24

interface LegendProps {
  readonly symmetry: Symmetry
  readonly pinned: number | undefined
  readonly onPin: (label: number | undefined) => void
  readonly onHover: (label: number | undefined) => void
}

/** The weights with their colours and how many entries have each. The pointer lights one, a click until the next. */
export function Legend({ symmetry, pinned, onPin, onHover }: LegendProps) {
  const { count, sizes } = symmetry.scheme
  return (
    <section class="legend" aria-label="Weights">
      {Array.from({ length: Math.min(count, LISTED) }, (_, label) => (
        <button
          type="button"
          key={label}
          aria-pressed={pinned === label}
          onPointerEnter={(event) => event.pointerType === 'mouse' && onHover(label)}
          onPointerLeave={() => onHover(undefined)}
          onClick={() => onPin(pinned === label ? undefined : label)}
        >
          <span class="swatch" style={{ background: cssColour(label, count) }} />
          <span>
            w<sub>{label}</sub>
          </span>{' '}
          <small>× {sizes[label]}</small>
        </button>
      ))}
      {count > LISTED && <span class="more">and {(count - LISTED).toLocaleString('en')} more</span>}
    </section>
  )
}
