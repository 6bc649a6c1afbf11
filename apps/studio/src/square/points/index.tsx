import { Board, type BoardProps } from '../board.tsx'
import { PointsControls } from './controls.tsx'
import { PointsPicture } from './picture.tsx'
import { points } from './points.ts'

const kind = { ...points, Picture: PointsPicture, Controls: PointsControls }

/** The square of points in the plane. */
export default function Points(props: BoardProps) {
  return <Board kind={kind} {...props} />
}
