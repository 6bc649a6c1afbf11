import { useEffect, useState } from 'preact/hooks'
import type { DrawnGraph } from '../parts/drawn-graph.ts'
import { messageOf } from '../parts/message-of.ts'
import { contenders, type Outcome } from './contenders.ts'
import { isomorphic } from './isomorphic.ts'
import { roundsOf, separatingRound } from './refinement.ts'

/** How long the graphs rest before networks run on them, in milliseconds. */
const REST = 250

interface NetworkTableProps {
  readonly left: DrawnGraph
  readonly right: DrawnGraph
}

/** What has been found of two graphs, as far as it is there. */
interface Found extends NetworkTableProps {
  readonly seed: number
  readonly outcomes: readonly Outcome[]
  readonly failure: string
}

/** The outcome of each network on two graphs, one after the other as they come; their code is loaded at the first. */
function useOutcomes({ left, right }: NetworkTableProps, seed: number): Pick<Found, 'outcomes' | 'failure'> {
  const [found, setFound] = useState<Found>({ left, right, seed, outcomes: [], failure: '' })
  useEffect(() => {
    let wanted = true
    const tell = (outcomes: readonly Outcome[], failure = ''): void => {
      if (wanted) setFound({ left, right, seed, outcomes, failure })
    }
    const run = async (): Promise<void> => {
      const { compare } = await import('./networks.ts')
      const outcomes: Outcome[] = []
      for (const { name } of contenders) {
        await new Promise((resolve) => setTimeout(resolve))
        if (!wanted) return
        outcomes.push(compare(name, left, right, seed))
        tell([...outcomes])
      }
    }
    if (left.places.length === 0 || right.places.length === 0) return
    const timer = setTimeout(() => run().catch((error: unknown) => tell([], messageOf(error))), REST)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [left, right, seed])
  return found.left === left && found.right === right && found.seed === seed ? found : { outcomes: [], failure: '' }
}

/** What networks with random weights say of two graphs, beside what theory says. */
export function NetworkTable({ left, right }: NetworkTableProps) {
  const [seed, setSeed] = useState(1)
  const { outcomes, failure } = useOutcomes({ left, right }, seed)
  const isEmpty = left.places.length === 0 || right.places.length === 0
  return (
    <section class="card networks" aria-labelledby="networks-title">
      <h2 id="networks-title">What networks see, with random weights</h2>
      <p class="isomorphic">
        {isomorphic(left, right) ? 'The graphs are isomorphic: the same, in another order.' : 'The graphs are not isomorphic.'}
      </p>
      {isEmpty ? <p>Set at least one node on each board.</p> : <Outcomes left={left} right={right} outcomes={outcomes} />}
      {failure !== '' && <p role="alert">{failure}</p>}
      <p>Differences below 10⁻⁹ of the largest output are rounding.</p>
      <button type="button" onClick={() => setSeed(seed + 1)} disabled={isEmpty}>
        Other weights
      </button>
    </section>
  )
}

/** The networks with what theory says of two graphs, and what was measured. */
function Outcomes({ left, right, outcomes }: NetworkTableProps & Pick<Found, 'outcomes'>) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">network</th>
          <th scope="col">theory</th>
          <th scope="col">difference</th>
          <th scope="col">measured</th>
        </tr>
      </thead>
      <tbody>
        {contenders.map((contender, k) => (
          <NetworkRow
            key={contender.name}
            title={contender.title}
            theory={contender.theory}
            predicted={separatingRound(roundsOf(left, right, contender.as)) !== undefined}
            outcome={outcomes[k]}
          />
        ))}
      </tbody>
    </table>
  )
}

const said = (separates: boolean): string => (separates ? 'separates' : 'does not')

interface NetworkRowProps {
  readonly title: string
  readonly theory: string
  readonly predicted: boolean
  readonly outcome: Outcome | undefined
}

function NetworkRow({ title, theory, predicted, outcome }: NetworkRowProps) {
  const disagrees = outcome !== undefined && outcome.separates !== predicted
  return (
    <tr>
      <th scope="row">{title}</th>
      <td>
        {said(predicted)} <small>{theory}</small>
      </td>
      <td class="difference">{outcome === undefined ? '…' : outcome.difference === 0 ? '0' : outcome.difference.toExponential(0)}</td>
      <td class={outcome?.separates ? 'separates' : ''}>
        {outcome === undefined ? '…' : said(outcome.separates)}
        {disagrees && <small> these weights hide it: try others</small>}
      </td>
    </tr>
  )
}
