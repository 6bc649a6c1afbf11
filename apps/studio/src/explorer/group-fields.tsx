import { useId } from 'preact/hooks'
import { gallery } from '../../../site/src/known-groups.ts'

interface GroupFieldsProps {
  readonly input: string
  readonly output: string
  readonly fault: string
  readonly drawing: boolean
  readonly onInput: (text: string) => void
  readonly onOutput: (text: string) => void
  readonly onDraw: () => void
}

const OUTPUTS = ['on points', 'on pairs', 'on 2-subsets', 'on nothing', 'on itself']

/** The expressions of a group and what it acts on, thirty to choose from, and the fault of one that cannot be read. */
export function GroupFields({ input, output, fault, drawing, onInput, onOutput, onDraw }: GroupFieldsProps) {
  const id = useId()
  const known = gallery.some(([expression]) => expression === input.trim())
  return (
    <section class="card fields" aria-label="The symmetry">
      <label>
        <span class="caption">Group</span>
        <input
          type="text"
          value={input}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={fault !== ''}
          aria-describedby={`${id}-fault`}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </label>
      <label>
        <span class="caption">or choose one</span>
        <select value={known ? input.trim() : ''} onChange={(event) => onInput(event.currentTarget.value)}>
          {!known && <option value="">your own</option>}
          {gallery.map(([expression, of]) => (
            <option key={expression} value={expression}>
              {expression}: {of}
            </option>
          ))}
        </select>
      </label>
      <OutputField output={output} onOutput={onOutput} fault={`${id}-fault`} />
      <button type="button" aria-pressed={drawing} onClick={onDraw}>
        Draw a graph
      </button>
      <p class={fault === '' ? 'fault none' : 'fault'} id={`${id}-fault`} role={fault === '' ? undefined : 'alert'}>
        {fault === '' ? 'Try C6, D5, S4 x C3, C2 wr S4 or (0 1 2)(3 4), and after it: on pairs, on 2-subsets.' : fault}
      </p>
    </section>
  )
}

/** The expression of the output. @param fault - the element that says what is wrong. */
function OutputField({ output, onOutput, fault }: Pick<GroupFieldsProps, 'output' | 'onOutput' | 'fault'>) {
  const id = useId()
  return (
    <label class="output">
      <span class="caption">Output, if it differs</span>
      <input
        type="text"
        value={output}
        placeholder="as the input"
        spellcheck={false}
        autocomplete="off"
        list={id}
        aria-describedby={fault}
        onInput={(event) => onOutput(event.currentTarget.value)}
      />
      <datalist id={id}>
        {OUTPUTS.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </label>
  )
}
