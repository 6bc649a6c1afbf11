import './explorer.css'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { keepState } from '../address.ts'
import { cssColour } from '../parts/colour.ts'
import { GraphBoard } from '../parts/graph-board.tsx'
import { useStateOf } from '../parts/use-state-of.ts'
import type { ViewProps } from '../view.ts'
import { Downloads } from './downloads.tsx'
import { type ExplorerState, explorerLink, readExplorer, withBoardToggled, withExpressions, withGraph } from './explorer-state.ts'
import { Facts, Legend, Readout } from './facts.tsx'
import { GroupFields } from './group-fields.tsx'
import { MovedPanel } from './moved-panel.tsx'
import { shapes } from './shapes.ts'
import { SharingMatrix } from './sharing-matrix.tsx'
import { pointOrbits, type Symmetry, titleOf } from './symmetry.ts'

/** How long a text rests before it is read, in milliseconds. */
const REST = 200

/** Texts that are not read yet. */
interface Typed {
  readonly input: string
  readonly output: string
}

/** What is shown, and what has been typed since. */
interface Shown {
  readonly state: ExplorerState
  readonly typed?: Typed
}

/** Names a group or draws a graph, and shows which weights the layer with that symmetry shares. */
export default function Explorer({ state: link }: ViewProps) {
  const [{ state, typed }, set] = useStateOf<URLSearchParams, Shown>(link, (from) => ({ state: readExplorer(from) }))
  const type = (texts: Typed): void => set((before) => ({ ...before, typed: texts }))
  const change = (next: ExplorerState): void => {
    set(() => ({ state: next }))
    keepState('explorer', explorerLink(next))
  }
  const latest = useRef(change)
  latest.current = (next) => change(next)
  // A layout effect ends with the explorer; an ordinary one may end later, when the address is another's.
  useLayoutEffect(() => {
    if (typed === undefined) return
    const timer = setTimeout(() => latest.current(withExpressions(state, typed.input, typed.output)), REST)
    return () => clearTimeout(timer)
  }, [typed, state])
  const { input, output } = typed ?? state
  return (
    <div class="explorer">
      <GroupFields
        input={input}
        output={output}
        fault={state.fault}
        drawing={state.graph !== undefined}
        onInput={(text) => type({ input: text, output })}
        onOutput={(text) => type({ input, output: text })}
        onDraw={() => change(withBoardToggled(state))}
      />
      <Picture state={state} change={change} />
      <MovedPanel key={titleOf(state.symmetry)} symmetry={state.symmetry} />
    </div>
  )
}

/** What of a matrix is looked at: an entry, a weight of the legend below the pointer, or one that was clicked. */
interface Look {
  readonly cursor?: number | undefined
  readonly hovered?: number | undefined
  readonly pinned?: number | undefined
}

/** What is looked at, as long as the matrix stays the same. */
function useLook({ scheme }: Symmetry): readonly [Look, (change: Look) => void] {
  const [look, set] = useStateOf(scheme, (): Look => ({}))
  return [look, (change) => set((before) => ({ ...before, ...change }))]
}

/** The matrix in the middle, the graph that is drawn on one side, what the layer has on the other. */
function Picture({ state, change }: { readonly state: ExplorerState; readonly change: (state: ExplorerState) => void }) {
  const { symmetry, graph } = state
  const { scheme, first } = symmetry
  const [{ cursor, hovered, pinned }, look] = useLook(symmetry)
  const lit = cursor === undefined ? (hovered ?? pinned) : scheme.labels[cursor]
  const entry = cursor ?? (lit === undefined ? 0 : first[lit]!)
  return (
    <div class={graph === undefined ? 'picture' : 'picture drawing'}>
      {graph !== undefined && <DrawnSymmetry state={state} change={change} />}
      <div class="middle">
        <p class="caption">
          <strong>{titleOf(symmetry)}</strong> Entries of one colour share a weight. ↓ output → input
        </p>
        <SharingMatrix symmetry={symmetry} lit={lit} cursor={cursor} onCursor={(to) => look({ cursor: to })} />
        <Readout symmetry={symmetry} cursor={cursor} lit={lit} />
      </div>
      <div class="side">
        <Facts symmetry={symmetry} row={Math.floor(entry / scheme.columns)} lit={lit} />
        <Legend
          symmetry={symmetry}
          pinned={pinned}
          onPin={(label) => look({ pinned: label })}
          onHover={(label) => look({ hovered: label })}
        />
        <Downloads symmetry={symmetry} />
      </div>
    </div>
  )
}

/** The graph whose automorphisms are meant; nodes that they exchange have one colour. */
function DrawnSymmetry({ state, change }: { readonly state: ExplorerState; readonly change: (state: ExplorerState) => void }) {
  const { graph, symmetry } = state
  if (graph === undefined) return null
  const { count, labels } = pointOrbits(symmetry.input)
  return (
    <div class="board">
      <label class="start">
        <span class="caption">Start from</span>
        <select value="" onChange={(event) => change(withGraph(state, shapes[event.currentTarget.value]!()))}>
          <option value="">a shape …</option>
          {Object.keys(shapes).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <GraphBoard
        label="The graph whose symmetries are meant"
        graph={graph}
        onChange={(next) => change(withGraph(state, next))}
        colours={Array.from(labels, (orbit) => cssColour(orbit, count))}
        nodeNote={(node) => `orbit ${labels[node]}`}
      />
    </div>
  )
}
