import { Board, type BoardProps } from '../board.tsx'
import { ImageControls } from './controls.tsx'
import { image } from './image.ts'
import { ImagePicture } from './picture.tsx'

const kind = { ...image, Picture: ImagePicture, Controls: ImageControls }

/** The square of an image. */
export default function Image(props: BoardProps) {
  return <Board kind={kind} {...props} />
}
