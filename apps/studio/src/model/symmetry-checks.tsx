import type { OnnxValue } from '@equivar/export-onnx'
import type { ActionClaims, Values } from '@equivar/verify'
import { useEffect, useState } from 'preact/hooks'
import { changeText } from '../parts/change-text.ts'
import { messageOf } from '../parts/message-of.ts'
import { useStateOf } from '../parts/use-state-of.ts'
import { check, claimsOf, type Finding, nameOf, seeded, TOLERANCE } from './check.ts'
import type { Declared } from './declared.ts'
import { exampleActions, guessedAction } from './guess.ts'
import type { ModelFile } from './model-file.ts'

/** Milliseconds without a change of the input before its symmetry is checked. */
const PAUSE = 300

type Run = (values: Values) => Promise<Values>
type State = Finding | { readonly failure: string } | undefined

/** Checks claims at values whenever these have come to rest. */
function useCheck(run: Run, claims: ActionClaims | undefined, values: Values): State {
  const [state, set] = useStateOf(claims, (): State => undefined)
  useEffect(() => {
    let wanted = true
    if (claims === undefined) return
    const timer = setTimeout(() => {
      check(run, claims, values, seeded(1)).then(
        (finding) => wanted && set(() => finding),
        (error: unknown) => wanted && set(() => ({ failure: messageOf(error) })),
      )
    }, PAUSE)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [run, claims, values])
  return claims === undefined ? undefined : state
}

/** What came of a check, in a line. */
function Verdict({ state }: { readonly state: State }) {
  if (state === undefined) return <span class="finding">checking …</span>
  if ('failure' in state) return <span class="finding fails">{state.failure}</span>
  if (state.holds)
    return (
      <span class="finding holds">
        ✓ holds for {state.tried} elements, up to {changeText(state.error)}
      </span>
    )
  return (
    <span class="finding fails">
      ✗ fails: {state.output} differs by {changeText(state.error)} (allowed: {changeText(TOLERANCE)}) for {state.element}
    </span>
  )
}

/** A symmetry, checked at the input as it is. */
function Row({ text, claims, run, values }: Declared & { readonly run: Run; readonly values: Values }) {
  const state = useCheck(run, claims, values)
  return (
    <li>
      <span>{text}</span>
      {claims === undefined ? <span class="finding">cannot be checked here: use “equivar verify”</span> : <Verdict state={state} />}
    </li>
  )
}

interface Texts {
  readonly inputs: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
}

const firstTexts = ({ inputs, outputs }: ModelFile['description']): Texts => ({
  inputs: Object.fromEntries(inputs.map((each) => [each.name, guessedAction(each)])),
  outputs: Object.fromEntries(outputs.map(({ name }) => [name, ''])),
})

function ActionField({
  value,
  kind,
  text,
  change,
}: {
  readonly value: OnnxValue
  readonly kind: string
  readonly text: string
  change(text: string): void
}) {
  return (
    <label>
      {kind} <code>{value.name}</code> [{value.shape.join(', ')}]
      <input
        type="text"
        list="actions"
        value={text}
        placeholder={kind === 'input' ? 'does not move' : 'does not change'}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
    </label>
  )
}

/** An action that the visitor writes. */
function OwnAction({ file, claim }: { readonly file: ModelFile; claim(claimed: Declared): void }) {
  const [texts, setTexts] = useState(() => firstTexts(file.description))
  const [failure, setFailure] = useState<string>()
  const submit = (event: Event): void => {
    event.preventDefault()
    try {
      const claims = claimsOf(texts.inputs, texts.outputs)
      claim({ text: nameOf(claims), claims })
      setFailure(undefined)
    } catch (error) {
      setFailure(messageOf(error))
    }
  }
  const fields = (kind: 'inputs' | 'outputs') =>
    file.description[kind].map((value) => (
      <ActionField
        key={value.name}
        value={value}
        kind={kind === 'inputs' ? 'input' : 'output'}
        text={texts[kind][value.name] ?? ''}
        change={(text) => setTexts({ ...texts, [kind]: { ...texts[kind], [value.name]: text } })}
      />
    ))
  return (
    <form onSubmit={submit}>
      {fields('inputs')}
      {fields('outputs')}
      <datalist id="actions">
        {exampleActions.map((action) => (
          <option key={action} value={action} />
        ))}
      </datalist>
      <button type="submit">Check this symmetry</button>
      <p class="finding fails" role="alert">
        {failure}
      </p>
    </form>
  )
}

/** The symmetries that a file declares, and those that a visitor claims, checked at the input as it is. */
export function SymmetryChecks(props: {
  readonly file: ModelFile
  readonly run: Run
  readonly values: Values
  readonly own: Declared | undefined
  claim(claimed: Declared): void
}) {
  const { file, run, values, own, claim } = props
  const all = [...file.symmetries, ...(own === undefined ? [] : [own])]
  return (
    <section class="card checks" aria-label="Symmetry">
      <h2>Symmetry, checked at this input</h2>
      {file.symmetries.length === 0 && <p class="note">The file declares none.</p>}
      <ul>
        {all.map((declared) => (
          <Row key={declared.text} {...declared} run={run} values={values} />
        ))}
      </ul>
      <details open={all.length === 0}>
        <summary>Check another symmetry</summary>
        <OwnAction file={file} claim={claim} />
      </details>
    </section>
  )
}
