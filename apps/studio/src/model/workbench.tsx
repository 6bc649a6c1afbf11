import type { TensorValue } from '@equivar/tensor'
import type { Values } from '@equivar/verify'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Alert } from '../parts/alert.tsx'
import { changeText } from '../parts/change-text.ts'
import { Answers } from './answers.tsx'
import { TOLERANCE } from './check.ts'
import { inOrder, nodesOf } from './editors.ts'
import { Facts } from './facts.tsx'
import { InputEditor } from './input-editor.tsx'
import type { ModelFile } from './model-file.ts'
import type { OpenModel } from './open-model.ts'
import type { Sizes } from './sizes.ts'
import { SymmetryChecks } from './symmetry-checks.tsx'
import { taskExample } from './task-example.ts'
import { type Moved, useWorkbench } from './use-workbench.ts'

const RUNS = 31

/** The middle one of some numbers. */
const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

/** How long the model takes for an input. */
function Latency({ model, values }: { readonly model: OpenModel; readonly values: Values }) {
  const [text, setText] = useState('')
  const measure = (): void => {
    setText('Measuring …')
    model.time(values, RUNS).then(
      (found) => setText(`${median(found).toLocaleString('en', { maximumSignificantDigits: 2 })} ms, the median of ${found.length} runs`),
      () => setText('It does not run at this input.'),
    )
  }
  useEffect(measure, [model])
  return (
    <p class="latency">
      <button type="button" onClick={measure}>
        Measure latency
      </button>{' '}
      <output>{text}</output>
    </p>
  )
}

/** The sizes that the file leaves open. */
function SizeFields({ sizes, redraw }: { readonly sizes: Sizes; redraw(sizes: Sizes): void }) {
  return (
    <div class="fields">
      {Object.entries(sizes).map(([name, size]) => (
        <label key={name}>
          <code>{name}</code>
          <input
            type="number"
            min="1"
            step="1"
            value={size}
            onChange={({ currentTarget: { valueAsNumber } }) => {
              if (Number.isInteger(valueAsNumber) && valueAsNumber > 0) redraw({ ...sizes, [name]: valueAsNumber })
            }}
          />
        </label>
      ))}
    </div>
  )
}

/** What a move of the input did to the answer; else what the input is. */
function Note({ moved, truth }: { readonly moved: Moved | undefined; readonly truth: string | undefined }) {
  if (moved === undefined && truth === undefined) return <p class="moved">Move the input, and watch the answer.</p>
  if (moved === undefined)
    return (
      <p class="moved">
        The input is an example of <strong>{truth}</strong>.
      </p>
    )
  const holds = moved.error <= TOLERANCE
  return (
    <p class={`moved ${holds ? 'holds' : 'fails'}`} role="status">
      {holds ? 'The input moved, the answer stayed: ' : 'The input moved, the answer changed: '}
      {changeText(moved.error)}
    </p>
  )
}

/** An open model: its input, its answer, its symmetry. */
export function Workbench({ file, model }: { readonly file: ModelFile; readonly model: OpenModel }) {
  const { given, answer, failure, moved, own, claims, run, claim, redraw, takeExample, move, change } = useWorkbench(file, model)
  const isKnown = useMemo(() => taskExample(file, 0) !== undefined, [file])
  return (
    <>
      <Facts file={file} />
      {failure !== undefined && <Alert key={failure}>{failure}</Alert>}
      <div class="bench">
        <section class="card" aria-label="Input">
          <div class="buttons">
            <button type="button" class="primary" disabled={claims === undefined} onClick={move}>
              Move the input by its symmetry
            </button>
            <button type="button" onClick={() => redraw(given.sizes)}>
              Random input
            </button>
            {isKnown && (
              <button type="button" onClick={takeExample}>
                Next example
              </button>
            )}
          </div>
          <SizeFields sizes={given.sizes} redraw={redraw} />
          {inOrder(given.values).map((name) => (
            <InputEditor
              key={name}
              name={name}
              value={given.values[name] as TensorValue}
              nodes={nodesOf(given.values)}
              source={given.source}
              change={(value, nodes) => change({ name, value, nodes })}
            />
          ))}
        </section>
        <div class="findings">
          <section class="card answer" aria-label="Answer">
            <h2>Answer</h2>
            <Note moved={moved} truth={given.truth} />
            {answer.failure !== undefined && <p class="fails">{answer.failure}</p>}
            {answer.outputs !== undefined && <Answers outputs={answer.outputs} classes={file.classes} />}
            <Latency model={model} values={given.values} />
          </section>
          <SymmetryChecks file={file} run={run} values={given.values} own={own} claim={claim} />
        </div>
      </div>
    </>
  )
}
