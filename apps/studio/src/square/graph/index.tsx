import { Board, type BoardProps } from '../board.tsx'
import { GraphControls } from './controls.tsx'
import { graph } from './graph.ts'
import { GraphPicture } from './picture.tsx'

const kind = { ...graph, Picture: GraphPicture, Controls: GraphControls }

/** The square of a graph. */
export default function Graph(props: BoardProps) {
  return <Board kind={kind} {...props} />
}
