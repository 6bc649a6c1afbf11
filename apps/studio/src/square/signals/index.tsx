import { Board, type BoardProps } from '../board.tsx'
import { SignalsControls } from './controls.tsx'
import { SignalsPicture } from './picture.tsx'
import { signals } from './signals.ts'

const kind = { ...signals, Picture: SignalsPicture, Controls: SignalsControls }

/** The square of a set of signals. */
export default function Signals(props: BoardProps) {
  return <Board kind={kind} {...props} />
}
