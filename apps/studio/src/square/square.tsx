import './square.css'
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { addressOf } from '../address.ts'
import { Alert } from '../parts/alert.tsx'
import { messageOf } from '../parts/message-of.ts'
import type { ViewProps } from '../view.ts'
import type { BoardProps } from './board.tsx'
import { kinds } from './kinds.ts'

const [first] = Object.keys(kinds) as [string]

/** The square of a kind once its code is there, or why it could not be loaded. */
function useKind(name: string): { readonly name?: string; readonly Square?: ComponentType<BoardProps>; readonly failure?: string } {
  const [loaded, setLoaded] = useState<{ name?: string; Square?: ComponentType<BoardProps>; failure?: string }>({})
  useEffect(() => {
    let wanted = true
    kinds[name]?.load().then(
      (module) => wanted && setLoaded({ name, Square: module.default }),
      (error: unknown) => wanted && setLoaded({ name, failure: `This kind of input could not be loaded: ${messageOf(error)}` }),
    )
    return () => {
      wanted = false
    }
  }, [name])
  return loaded.name === name ? loaded : {}
}

/** The commuting square: an input moved by a group, a network, and both ways around. */
export default function Square({ state }: ViewProps) {
  const asked = state.get('kind') ?? first
  const name = Object.hasOwn(kinds, asked) ? asked : first
  const { Square: Loaded, failure } = useKind(name)
  return (
    <div class="square">
      <nav class="kinds" aria-label="Kinds of input">
        {Object.entries(kinds).map(([each, { title }]) => (
          <a key={each} href={addressOf('square', { kind: each })} aria-current={each === name ? 'true' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      {asked !== name && (
        <Alert>
          There is no kind of input “{asked}”: expected one of {Object.keys(kinds).join(', ')}. These are {kinds[name]?.title.toLowerCase()}
          .
        </Alert>
      )}
      {failure !== undefined && <Alert>{failure}</Alert>}
      <div class="board" aria-busy={Loaded === undefined && failure === undefined}>
        {Loaded !== undefined && <Loaded key={`${name} ${state}`} state={state} />}
      </div>
    </div>
  )
}
