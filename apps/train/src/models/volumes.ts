import { GroupEquivariantNetwork, type PointGroupName } from '@equivar/layers-grids'
import { input } from '@equivar/tensor'
import type { ModelKind } from '../model.ts'
import { cubeRotation, type TaskSymmetry } from '../symmetry.ts'
import { VOLUME_SIDE } from '../tasks/volumes.ts'

/** A network for volumes of 6 x 6 x 6; sizes 6-4-3-2. Each of the 8 last positions sees 5 x 5 x 5 points. */
const volumeModel = (defaults: { readonly channels: number }, symmetries: readonly TaskSymmetry[], group: PointGroupName): ModelKind => ({
  defaults,
  build: (values, { channels: inChannels, outputs }, goal) => {
    const x = input('x', 'float32', ['batch', inChannels, VOLUME_SIDE, VOLUME_SIDE, VOLUME_SIDE])
    const module = new GroupEquivariantNetwork({ group, inChannels, ...values, outputs, kernels: [3, 2, 2], poolAfter: [] })
    return { module, inputs: { x }, goal, target: goal.target('batch', outputs), symmetries, output: () => module.forward(x) }
  },
})

/** Networks for volumes, of about 9,000 parameters: one that commutes with the rotations of the cube, and a plain one. */
export const volumeModels: Readonly<Record<string, ModelKind>> = {
  'octahedral-cnn': volumeModel({ channels: 4 }, [cubeRotation], 'O'),
  z3cnn: volumeModel({ channels: 28 }, [], 'C1'),
}
