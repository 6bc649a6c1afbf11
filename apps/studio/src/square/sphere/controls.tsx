import { randomRotation, rotationMatrix } from '@equivar/groups'
import type { ControlsProps } from '../kind.ts'
import { after, fromDegrees, type Rotation } from './rotation.ts'
import { sphere } from './sphere.ts'

/** Rotations about the poles, and random ones. */
export function SphereControls({ g, onMove }: ControlsProps<Rotation>) {
  const random = (): Rotation => {
    const { alpha, beta, gamma } = randomRotation(Math.random)
    return rotationMatrix(alpha, beta, gamma)
  }
  return (
    <>
      <button type="button" onClick={() => onMove(random(), 'glide')}>
        Another rotation
      </button>
      <button type="button" onClick={() => onMove(after(fromDegrees(45, 0, 0), g), 'glide')}>
        45° about the poles
      </button>
      <button type="button" onClick={() => onMove(sphere.identity, 'glide')}>
        Back to x
      </button>
    </>
  )
}
