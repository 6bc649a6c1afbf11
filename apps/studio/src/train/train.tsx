import './train.css'
import { addressOf, keepState } from '../address.ts'
import { Alert } from '../parts/alert.tsx'
import { download } from '../parts/download.ts'
import { handModel } from '../parts/handed-model.ts'
import { useStateOf } from '../parts/use-state-of.ts'
import type { ViewProps } from '../view.ts'
import { Controls } from './controls.tsx'
import { Curves, EfficiencyCurve } from './curves.tsx'
import { Gallery } from './gallery.tsx'
import type { Settings } from './messages.ts'
import { Race } from './race.tsx'
import type { Run } from './run.ts'
import { settingsOf, stateOf } from './settings.ts'
import { efficiencySizes } from './sizes.ts'
import { type Side, sides } from './task.ts'
import { type TaskName, tasks } from './tasks/index.ts'
import { type Training, useTraining } from './use-training.ts'

/** What is said of a run; it does not change with every step. */
function statusOf({ phase, kind, device, sizes }: Run): string {
  const on = device === undefined ? '' : ` On ${device}.`
  if (phase === 'idle') return 'Press “Train both” and watch.'
  if (phase === 'starting') return 'Loading the backend …'
  if (phase === 'paused') return 'Paused.'
  if (phase === 'finished') return kind === 'train' ? `Trained.${on}` : `The curve is drawn.${on}`
  return kind === 'train' ? `Both learn, in turns.${on}` : `Training both on ${efficiencySizes[sizes.length] ?? ''} examples.${on}`
}

const isBusy = ({ phase }: Run): boolean => phase === 'starting' || phase === 'running' || phase === 'paused'

const progressOf = ({ kind, step, sizes, phase }: Run, { steps }: Settings): number =>
  phase === 'finished' ? 1 : kind === 'train' ? Math.min(1, step / steps) : sizes.length / efficiencySizes.length

/** What can be done with the trained networks. */
function Files({ files, task }: { readonly files: Run['files']; readonly task: TaskName }) {
  const name = (side: Side): string => `${task}-${side}.onnx`
  const open = (side: Side): void => {
    if (files === undefined) return
    handModel({ name: name(side), bytes: files[side] })
    location.hash = addressOf('model')
  }
  return (
    <div class="files">
      {sides.map((side) => (
        <div key={side} class={`buttons ${side}`}>
          <button type="button" disabled={files === undefined} onClick={() => open(side)}>
            Run the {side} model
          </button>
          <button type="button" disabled={files === undefined} onClick={() => files !== undefined && download(files[side], name(side))}>
            Download {name(side)}
          </button>
        </div>
      ))}
    </div>
  )
}

/** How many examples it takes: both networks are trained on ever more of them. */
function Efficiency({ training: { run, start }, settings }: { readonly training: Training; readonly settings: Settings }) {
  return (
    <div>
      <EfficiencyCurve sizes={run.sizes} />
      <button type="button" disabled={isBusy(run)} onClick={() => start('curve', settings)}>
        Draw the data-efficiency curve
      </button>
    </div>
  )
}

/** The settings of a visit: those of the link at first, then as chosen; the link follows. */
function useSettings(state: URLSearchParams): {
  readonly settings: Settings
  readonly refused: readonly string[]
  choose(some: Partial<Settings>): void
} {
  const [{ settings, refused }, set] = useStateOf(state, settingsOf)
  const choose = (some: Partial<Settings>): void => {
    const chosen = { ...settings, ...some }
    set((before) => ({ ...before, settings: chosen }))
    keepState('train', stateOf(chosen))
  }
  return { settings, refused, choose }
}

/** A symmetric and a plain network of one size learn side by side. */
export default function Train({ state }: ViewProps) {
  const { settings, refused, choose } = useSettings(state)
  const training = useTraining(state)
  const { run } = training
  const task = tasks[settings.task]
  const change = (some: Partial<Settings>): void => {
    choose(some)
    if (some.task !== undefined) training.reset()
  }
  return (
    <>
      {refused.length > 0 && (
        <Alert>The link says {refused.join(' and ')}, which this page does not have: the usual settings are used instead.</Alert>
      )}
      {run.message !== undefined && <Alert key={run.message}>{run.message}</Alert>}
      <div class="train">
        <Controls
          settings={settings}
          phase={run.phase}
          status={statusOf(run)}
          progress={progressOf(run, settings)}
          change={change}
          train={() => training.start('train', settings)}
          pause={training.pause}
          goOn={training.goOn}
          reset={training.reset}
        />
        <div class="results">
          <Race task={task} run={run} />
          <section class="card" aria-label="Learning curves">
            <Curves run={run} steps={settings.steps}>
              <Efficiency training={training} settings={settings} />
            </Curves>
          </section>
          <section class="card" aria-label="Examples">
            <h2>Examples that neither has seen</h2>
            <Gallery task={task} run={run} />
            <Files files={run.files} task={settings.task} />
          </section>
        </div>
      </div>
    </>
  )
}
