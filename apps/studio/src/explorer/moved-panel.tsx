import { Permutation, seededRandom } from '@equivar/groups'
import { useMemo, useState } from 'preact/hooks'
import { CellRow } from './cell-row.tsx'
import { largestDifference, moved, randomLayer } from './moved.ts'
import type { Symmetry } from './symmetry.ts'

/** How many generators have a button of their own. */
const BUTTONS = 3

/** How much of an element's cycles is written. */
const WRITTEN = 60

const shortened = (text: string): string => (text.length > WRITTEN ? `${text.slice(0, WRITTEN)} …` : text)

/** A symmetry at work: an element moves the input, and the output of a layer with random weights moves along. */
export function MovedPanel({ symmetry }: { readonly symmetry: Symmetry }) {
  const { input, output } = symmetry
  const [seed, setSeed] = useState(1)
  const [element, setElement] = useState(() => Permutation.identity(input.group.degree))
  const layer = useMemo(() => randomLayer(symmetry, seed), [symmetry, seed])
  const y = useMemo(() => layer.apply(layer.x), [layer])
  const [onInput, onOutput] = useMemo(() => [input.image(element), output.image(element)], [input, output, element])
  const movedInput = moved(layer.x, onInput)
  const ofMoved = useMemo(() => layer.apply(moved(layer.x, onInput)), [layer, onInput])
  const difference = largestDifference(ofMoved, moved(y, onOutput))
  return (
    <section class="card moved" aria-labelledby="moved-title">
      <h2 id="moved-title">Move the input: the output moves along</h2>
      <ElementButtons symmetry={symmetry} element={element} onElement={setElement} onSeed={() => setSeed(seed + 1)} />
      <p class="element" role="status">
        g = {element.isIdentity() ? 'identity: nothing has moved yet' : shortened(element.toString())}
      </p>
      <div class="rows">
        <CellRow name="x" what="the input" values={layer.x} />
        <CellRow name="y = W x + b" what="the output of the layer" values={y} />
        <CellRow name="g · x" what="the input, moved" values={layer.x} places={onInput} spoken={movedInput} />
        <CellRow name="W (g · x) + b" what="the output for the moved input" values={ofMoved} />
        <span class="blank" />
        <CellRow name="g · y" what="the output, moved" values={y} places={onOutput} spoken={moved(y, onOutput)} />
      </div>
      <p class="verdict">
        <strong>W (g · x) + b = g · (W x + b)</strong> for random weights; largest difference{' '}
        {difference === 0 ? '0' : difference.toExponential(0)}.
      </p>
    </section>
  )
}

interface ElementButtonsProps {
  readonly symmetry: Symmetry
  readonly element: Permutation
  readonly onElement: (element: Permutation) => void
  readonly onSeed: () => void
}

/** What can be done to the input: a generator, a random element, or back to the start. */
function ElementButtons({ symmetry, element, onElement, onSeed }: ElementButtonsProps) {
  const { group } = symmetry.input
  const [draws, setDraws] = useState(1)
  return (
    <div class="tools">
      {group.generators.slice(0, BUTTONS).map((generator, k) => (
        <button
          type="button"
          key={generator.toString()}
          title={shortened(generator.toString())}
          class={k === 0 ? 'primary' : ''}
          onClick={() => onElement(generator.compose(element))}
        >
          Apply g<sub>{k + 1}</sub>
        </button>
      ))}
      <button
        type="button"
        onClick={() => {
          onElement(group.random(seededRandom(draws)))
          setDraws(draws + 1)
        }}
      >
        Random element
      </button>
      <button type="button" disabled={element.isIdentity()} onClick={() => onElement(Permutation.identity(group.degree))}>
        Back
      </button>
      <button type="button" onClick={onSeed}>
        Other numbers
      </button>
    </div>
  )
}
