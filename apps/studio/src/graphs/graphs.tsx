import type { ViewProps } from '../view.ts'

/** To be written. */
export default function Graphs({ state }: ViewProps) {
  return <p>{state.toString()}</p>
}
