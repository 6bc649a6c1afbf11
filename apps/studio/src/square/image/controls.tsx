import type { ControlsProps } from '../kind.ts'
import { image, type PlaneMotion, SIZE } from './image.ts'

const shifts = [
  { name: 'Shift up', sign: '↑', down: SIZE - 1, right: 0 },
  { name: 'Shift down', sign: '↓', down: 1, right: 0 },
  { name: 'Shift to the left', sign: '←', down: 0, right: SIZE - 1 },
  { name: 'Shift to the right', sign: '→', down: 0, right: 1 },
]

/** Turns by right angles, mirrors and shifts. */
export function ImageControls({ g, onMove }: ControlsProps<PlaneMotion>) {
  return (
    <>
      <button type="button" onClick={() => onMove({ ...g, angle: 90 * Math.floor(g.angle / 90) + 90 }, 'glide')}>
        Turn by 90°
      </button>
      <button type="button" onClick={() => onMove({ ...g, angle: 90 * Math.floor(g.angle / 90) + 45 }, 'glide')}>
        Turn by 45°
      </button>
      <button type="button" aria-pressed={g.mirror} onClick={() => onMove({ ...g, mirror: !g.mirror }, 'at once')}>
        Mirror
      </button>
      {shifts.map(({ name, sign, down, right }) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          onClick={() => onMove({ ...g, down: (g.down + down) % SIZE, right: (g.right + right) % SIZE }, 'at once')}
        >
          {sign}
        </button>
      ))}
      <button type="button" onClick={() => onMove(image.identity, 'glide')}>
        Back to x
      </button>
    </>
  )
}
