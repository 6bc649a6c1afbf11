import { changeText } from '../parts/change-text.ts'
import type { Run } from './run.ts'
import { type Side, sides, type Task } from './task.ts'

/** Below this, float32 makes the difference. */
const ROUNDING = 1e-5

function Tile({ side, task, run }: { readonly side: Side; readonly task: Task; readonly run: Run }) {
  const last = run.milestones[side].at(-1)
  return (
    <section class={`card tile ${side}`} aria-label={`The ${side} network`}>
      <h2>{side === 'symmetric' ? 'Symmetric' : 'Plain'}</h2>
      <p class="kind">
        {side === 'symmetric' ? task.network : 'Multilayer perceptron'}
        {run.parameters !== undefined && `, ${run.parameters[side].toLocaleString('en')} parameters`}
      </p>
      <p class="accuracy" data-accuracy={last?.accuracy}>
        {last === undefined ? '–' : `${(100 * last.accuracy).toFixed(1)} %`} <small>right on new examples</small>
      </p>
      <p class="bar" aria-hidden="true">
        <span style={{ width: `${100 * (last?.accuracy ?? 0)}%` }} />
      </p>
      <p class="change" data-change={last?.change}>
        When {task.moved}, its answer changes by <strong>{last === undefined ? '–' : changeText(last.change)}</strong>
        {last !== undefined && last.change < ROUNDING && ': only rounding'}
      </p>
    </section>
  )
}

/** Both networks, as they stand. */
export const Race = ({ task, run }: { readonly task: Task; readonly run: Run }) => (
  <div class="race">
    {sides.map((side) => (
      <Tile key={side} side={side} task={task} run={run} />
    ))}
  </div>
)
