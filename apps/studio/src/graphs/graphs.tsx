import './graphs.css'
import { useMemo } from 'preact/hooks'
import { keepState } from '../address.ts'
import { Alert } from '../parts/alert.tsx'
import { cssColour } from '../parts/colour.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import type { DrawnGraph } from '../parts/drawn-graph.ts'
import { GraphBoard } from '../parts/graph-board.tsx'
import { useStateOf } from '../parts/use-state-of.ts'
import type { ViewProps } from '../view.ts'
import { type GraphsState, graphsLink, readGraphs, withDrawn, withPair } from './graphs-state.ts'
import { Histogram } from './histogram.tsx'
import { NetworkTable } from './network-table.tsx'
import { PairMatrix } from './pair-matrix.tsx'
import { pairs } from './presets.ts'
import { type Round, roundsOf } from './refinement.ts'
import { Stepper } from './stepper.tsx'

const sides = ['left', 'right'] as const

/** Two graphs are drawn, tests of Weisfeiler and Leman are stepped through, and networks are run on both. */
export default function Graphs({ state: link }: ViewProps) {
  const [state, setState] = useStateOf(link, readGraphs)
  const change = (next: GraphsState): void => {
    setState(() => next)
    keepState('graphs', graphsLink(next))
  }
  const { left, right, test } = state
  const rounds = useMemo(() => roundsOf(left, right, test), [left, right, test])
  const at = Math.min(Math.max(state.round, 0), rounds.length - 1)
  const colours = Math.max(...rounds.map(({ counts }) => counts.length))
  return (
    <div class="graphs">
      {state.fault !== '' && <Alert>{state.fault}</Alert>}
      <PairField state={state} change={change} />
      <div class="comparison">
        {sides.map((side) => (
          <Side key={side} side={side} state={state} change={change} round={rounds[at]!} colours={colours} />
        ))}
        <div class="middle">
          <Stepper
            rounds={rounds}
            at={at}
            test={test}
            onRound={(round) => change({ ...state, round })}
            onTest={(next) => change({ ...state, test: next, round: 0 })}
          />
          <Histogram counts={rounds[at]!.counts} colours={colours} test={test} />
        </div>
      </div>
      <NetworkTable left={left} right={right} />
      <p>
        <CopyButton text={() => location.href}>Copy link</CopyButton>
      </p>
    </div>
  )
}

interface PartProps {
  readonly state: GraphsState
  readonly change: (state: GraphsState) => void
}

/** The pairs that one can choose, and what the chosen one teaches. */
function PairField({ state, change }: PartProps) {
  return (
    <section class="card pair-field" aria-label="The pair">
      <label>
        <span class="caption">Two graphs</span>
        <select value={state.pair} onChange={(event) => change(withPair(state, event.currentTarget.value))}>
          {state.pair === '' && <option value="">your own</option>}
          {Object.entries(pairs).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <p>{pairs[state.pair]?.lesson ?? 'Your own graphs. Change them as you like: everything below follows.'}</p>
    </section>
  )
}

/** The node colours of a round: of nodes, or of the pairs of a node with itself. */
const nodeLabels = (colours: Int32Array, { places }: DrawnGraph): number[] =>
  places.map((_, node) => colours[colours.length > places.length ? node * (places.length + 1) : node]!)

/** One graph with the colours of its nodes, and of its pairs if the test colours pairs. */
function Side({
  side,
  state,
  change,
  round,
  colours,
}: PartProps & { readonly side: (typeof sides)[number]; readonly round: Round; readonly colours: number }) {
  const graph = state[side]
  const labels = nodeLabels(round[side], graph)
  return (
    <div class={`side ${side}`}>
      <GraphBoard
        label={side === 'left' ? 'Left graph' : 'Right graph'}
        graph={graph}
        onChange={(next) => change(withDrawn(state, side, next))}
        colours={labels.map((label) => cssColour(label, colours))}
        nodeNote={(node) => `colour ${labels[node]}`}
      />
      {state.test === 'fwl2' && <PairMatrix graph={graph} labels={round[side]} colours={colours} side={side} />}
    </div>
  )
}
