import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from './message-of.ts'

/** A button that copies a text, and says so in its place; where the browser refuses it says why. */
export function CopyButton({ text, children }: { readonly text: () => string; readonly children: ComponentChildren }) {
  const [outcome, setOutcome] = useState('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text())
      setOutcome('Copied')
    } catch (error) {
      setOutcome(`The browser does not copy here (${messageOf(error)}): select the text and copy it yourself.`)
    }
    setTimeout(() => setOutcome(''), 4000)
  }
  return (
    <>
      <button type="button" onClick={copy}>
        {children}
      </button>
      <span class="copied" role="status">
        {outcome}
      </span>
    </>
  )
}
