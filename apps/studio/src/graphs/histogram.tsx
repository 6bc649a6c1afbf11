import { cssColour } from '../parts/colour.ts'
import { type Round, type TestName, tests } from './refinement.ts'

/** How many colours are listed. */
const LISTED = 8

interface HistogramProps {
  readonly counts: Round['counts']
  readonly colours: number
  readonly test: TestName
}

/** How often each colour occurs on either side, as bars beside each other. */
export function Histogram({ counts, colours, test }: HistogramProps) {
  const all = counts.map((pair, label) => ({ pair, label })).filter(({ pair }) => pair[0] + pair[1] > 0)
  const differing = all.filter(({ pair: [a, b] }) => a !== b)
  const shown = [...differing, ...all.filter((one) => !differing.includes(one))].slice(0, LISTED).sort((a, b) => a.label - b.label)
  const most = Math.max(1, ...all.map(({ pair }) => Math.max(...pair)))
  return (
    <section class="histogram" aria-labelledby="histogram-title">
      <h2 id="histogram-title">How many {tests[test].item}s of each colour</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">left</th>
            <th scope="col">colour</th>
            <th scope="col">right</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ pair: [left, right], label }) => (
            <tr key={label} class={left === right ? '' : 'differs'}>
              <td>
                {left} <span class="bar" style={{ width: `${(70 * left) / most}%`, background: cssColour(label, colours) }} />
              </td>
              <th scope="row">
                {label}
                {left !== right && ' ≠'}
              </th>
              <td>
                <span class="bar" style={{ width: `${(70 * right) / most}%`, background: cssColour(label, colours) }} /> {right}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > LISTED && <p>and {all.length - LISTED} more colours</p>}
    </section>
  )
}
