import { type BackendName, backendTitles } from './backend-titles.ts'
import type { Settings } from './messages.ts'
import type { Phase } from './run.ts'
import { limits } from './settings.ts'
import { efficiencySizes } from './sizes.ts'
import { isTask, tasks } from './tasks/index.ts'

interface ControlsProps {
  readonly settings: Settings
  readonly phase: Phase
  readonly status: string
  /** The part of the steps that is done. */
  readonly progress: number
  change(settings: Partial<Settings>): void
  train(): void
  pause(): void
  goOn(): void
  reset(): void
}

function TaskChoice({ settings, change }: Pick<ControlsProps, 'settings' | 'change'>) {
  return (
    <fieldset class="tasks">
      <legend>Learn from</legend>
      {Object.entries(tasks).map(([name, { title, question }]) => (
        <label key={name}>
          <input
            type="radio"
            name="task"
            value={name}
            checked={settings.task === name}
            onChange={() => isTask(name) && change({ task: name })}
          />
          <strong>{title}</strong>
          <small>{question}</small>
        </label>
      ))}
    </fieldset>
  )
}

function ExampleSlider({ settings, change }: Pick<ControlsProps, 'settings' | 'change'>) {
  return (
    <label>
      <span class="between">
        Training examples <strong>{settings.examples.toLocaleString('en')}</strong>
      </span>
      <input
        type="range"
        min="0"
        max={efficiencySizes.length - 1}
        value={efficiencySizes.indexOf(settings.examples)}
        aria-valuetext={`${settings.examples} examples`}
        onInput={({ currentTarget }) => change({ examples: efficiencySizes[currentTarget.valueAsNumber] ?? settings.examples })}
      />
    </label>
  )
}

/** A whole number within limits; nothing else is taken over. */
function NumberField({
  settings,
  change,
  name,
  label,
}: Pick<ControlsProps, 'settings' | 'change'> & { readonly name: keyof typeof limits; readonly label: string }) {
  const [least, most] = limits[name]
  return (
    <label>
      {label}
      <input
        type="number"
        required
        min={least}
        max={most}
        value={settings[name]}
        onInput={({ currentTarget }) => currentTarget.validity.valid && change({ [name]: currentTarget.valueAsNumber })}
      />
    </label>
  )
}

function Buttons({ phase, train, pause, goOn, reset }: ControlsProps) {
  return (
    <div class="buttons">
      {phase === 'starting' || phase === 'running' ? (
        <button type="button" class="primary" disabled={phase === 'starting'} onClick={pause}>
          Pause
        </button>
      ) : phase === 'paused' ? (
        <button type="button" class="primary" onClick={goOn}>
          Continue
        </button>
      ) : (
        <button type="button" class="primary" onClick={({ currentTarget }) => currentTarget.form?.reportValidity() && train()}>
          Train both
        </button>
      )}
      <button type="button" disabled={phase === 'idle'} onClick={reset}>
        Reset
      </button>
    </div>
  )
}

/** What is learned, on what, and how; start, pause, reset. */
export function Controls(props: ControlsProps) {
  const { settings, change, status, progress, phase } = props
  return (
    <form class="card controls" onSubmit={(event) => event.preventDefault()}>
      <TaskChoice settings={settings} change={change} />
      <ExampleSlider settings={settings} change={change} />
      <Buttons {...props} />
      <progress aria-label="Steps done" value={progress} class={phase === 'idle' ? 'not-yet' : ''} />
      <p class="status" role="status">
        {status}
      </p>
      <label>
        Compute with
        <select value={settings.backend} onChange={({ currentTarget }) => change({ backend: currentTarget.value as BackendName })}>
          {Object.entries(backendTitles).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <div class="pair">
        <NumberField settings={settings} change={change} name="steps" label="Steps" />
        <NumberField settings={settings} change={change} name="seed" label="Seed" />
      </div>
    </form>
  )
}
