import type { OnnxValue } from '@equivar/export-onnx'
import { isFloat } from '@equivar/tensor'

/** Examples of actions, to choose from. */
export const exampleActions: readonly string[] = [
  'S on axis 1',
  'S on axes 1 2',
  'C4 on axes 2 3',
  'D4 on axes 2 3',
  'shifts on axis 2',
  'O(3) on axis 2',
  'E(3) on axes 1 2',
]

/** A symmetry that an input of that name and shape often has; empty if nothing suggests one. */
export function guessedAction({ name, dtype, shape }: OnnxValue): string {
  if (name === 'mask') return 'S on axis 1'
  if (dtype === undefined || !isFloat(dtype)) return ''
  if (name === 'adj') return 'S on axes 1 2'
  if (shape.length === 3) return 'S on axis 1'
  return shape.length === 4 && shape[2] === shape[3] ? 'C4 on axes 2 3' : ''
}
