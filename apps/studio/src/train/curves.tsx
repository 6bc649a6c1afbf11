import type { ComponentChildren } from 'preact'
import { Chart, type Curve } from './chart.tsx'
import type { Milestone, Run } from './run.ts'
import { doublingScale, linearScale, percentScale, powerScale } from './scales.ts'
import { efficiencySizes } from './sizes.ts'
import { type Side, sides } from './task.ts'
import type { Point } from './trace.ts'

const changeScale = powerScale(-8, 0)
const sizeScale = doublingScale(efficiencySizes)
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`

/** What a chart shows at its end, for who cannot see it. */
function summaryOf(title: string, text: (side: Side) => string | undefined): string {
  const known = sides.flatMap((side) => {
    const found = text(side)
    return found === undefined ? [] : [`${side} ${found}`]
  })
  return `${title}: ${known.length === 0 ? 'nothing yet' : known.join(', ')}`
}

const milestoneCurves = (run: Run, value: (milestone: Milestone) => number): Curve[] =>
  sides.map((side) => ({ side, look: 'dots', points: run.milestones[side].map((each) => [each.step, value(each)] as const) }))

/** The curves of a training: accuracy, loss, and how much answers change. @param children - further charts beside them. */
export function Curves({ run, steps, children }: { readonly run: Run; readonly steps: number; readonly children: ComponentChildren }) {
  const x = linearScale(steps, { exact: true })
  const last = (side: Side): Milestone | undefined => run.milestones[side].at(-1)
  const first = sides.flatMap((side) => run.losses[side].raw.slice(0, 20).map(([, loss]) => loss))
  const losses = sides.flatMap((side): Curve[] => [
    { side, look: 'raw', points: run.losses[side].raw },
    { side, points: run.losses[side].smooth },
  ])
  const say = (title: string, value: (milestone: Milestone) => string): string =>
    summaryOf(title, (side) => {
      const milestone = last(side)
      return milestone && value(milestone)
    })
  return (
    <div class="charts">
      <Chart
        title="Right answers on new examples"
        summary={say('Right answers on new examples', ({ accuracy }) => percent(accuracy))}
        x={x}
        y={percentScale}
        below="steps"
        curves={milestoneCurves(run, ({ accuracy }) => accuracy)}
      />
      <Chart
        title="Loss on the training examples"
        summary={summaryOf('Loss on the training examples', (side) => run.losses[side].smooth.at(-1)?.[1].toFixed(2))}
        x={x}
        y={linearScale(Math.min(4, Math.max(1.5, ...first)))}
        below="steps"
        curves={losses}
      />
      <Chart
        title="How much the answer changes"
        summary={say('How much the answer changes', ({ change }) => change.toExponential(1))}
        x={x}
        y={changeScale}
        below="steps"
        curves={milestoneCurves(run, ({ change }) => change)}
      />
      {children}
    </div>
  )
}

/** Right answers by the number of training examples. */
export function EfficiencyCurve({ sizes }: Pick<Run, 'sizes'>) {
  const title = 'Right answers by training examples'
  const points = (side: Side): Point[] => sizes.map(({ examples, accuracy }) => [examples, accuracy[side]] as const)
  return (
    <Chart
      title={title}
      summary={summaryOf(
        title,
        (side) =>
          points(side)
            .map(([examples, part]) => `${percent(part)} with ${examples}`)
            .join(', ') || undefined,
      )}
      x={sizeScale}
      y={percentScale}
      below="training examples"
      curves={sides.map((side) => ({ side, look: 'dots', points: points(side) }))}
    />
  )
}
