import { useState } from 'preact/hooks'
import { type SampleName, samples } from './samples.ts'

interface DropZoneProps {
  /** Whether a model is open already: the place is small then. */
  readonly small: boolean
  readonly busy: boolean
  open(file: File): void
  sample(name: SampleName): void
}

/** Where a file is dropped or chosen, or a model of the page's own. */
export function DropZone({ small, busy, open, sample }: DropZoneProps) {
  const [over, setOver] = useState(false)
  return (
    <section
      class={`card drop ${small ? 'small' : ''} ${over ? 'dropping' : ''}`}
      aria-label="Open a model"
      aria-busy={busy}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer?.files[0]
        if (file !== undefined) open(file)
      }}
    >
      <p class="call">{busy ? 'Opening …' : small ? 'Another model: drop it here,' : 'Drop an .onnx file here'}</p>
      <label class="button primary">
        {small ? 'or choose it' : 'or choose a file'}
        <input
          type="file"
          accept=".onnx"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            if (file !== undefined) open(file)
            currentTarget.value = ''
          }}
        />
      </label>
      <div class="samples">
        <span id="samples-title">{small ? 'or an example:' : 'Try with an example:'}</span>
        {Object.entries(samples).map(([name, { title }]) => (
          <button key={name} type="button" disabled={busy} onClick={() => sample(name as SampleName)}>
            {title}
          </button>
        ))}
      </div>
    </section>
  )
}
