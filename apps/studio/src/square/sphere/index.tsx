import { Board, type BoardProps } from '../board.tsx'
import { SphereControls } from './controls.tsx'
import { SpherePicture } from './picture.tsx'
import { sphere } from './sphere.ts'

const kind = { ...sphere, Picture: SpherePicture, Controls: SphereControls }

/** The square of a signal on the sphere. */
export default function Sphere(props: BoardProps) {
  return <Board kind={kind} {...props} />
}
