// A network of one's own for numbers on the corners of a cube: no rotation of the cube changes its answer. It is exported, and run by plain ONNX Runtime.
import { onnxBackend } from '@equivar/backend-onnx'
import { padSets, setDataset } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { naturalAction, Permutation, PermutationGroup, trivialAction } from '@equivar/groups'
import { SharingLinear } from '@equivar/layers-sharing'
import { adam, constantRate, initialize, Module, meanSquaredError } from '@equivar/nn'
import { input, Random, relu, squeeze, type Tensor } from '@equivar/tensor'
import { fit, inferenceProgram, lastState, startRun, trainedValues, trainStep } from '@equivar/train'
import * as ort from 'onnxruntime-node'

// The corner at (x, y, z) has the number x + 2 y + 4 z. A quarter turn about the z axis and a third of a turn about a diagonal generate all 24 rotations.
const third = Permutation.parse(8, '(1 2 4)(3 6 5)')
const rotations = new PermutationGroup(8, [Permutation.parse(8, '(0 1 3 2)(4 5 7 6)'), third])
const [corners, whole] = [naturalAction(rotations), trivialAction(rotations, 1)]
class CubeNetwork extends Module {
  readonly first = new SharingLinear({ input: corners, output: corners, inChannels: 1, outChannels: 24 })
  readonly second = new SharingLinear({ input: corners, output: corners, inChannels: 24, outChannels: 24 })
  readonly last = new SharingLinear({ input: corners, output: whole, inChannels: 24, outChannels: 1 })
  forward(x: Tensor): Tensor {
    return squeeze(this.last.forward(relu(this.second.forward(relu(this.first.forward(x))))), -1)
  }
}

// What is learnt: the mean difference along the edges. Two corners are joined by an edge if their numbers differ in one bit.
const differences = (cube: readonly number[]) => cube.flatMap((a, i) => [1, 2, 4].map((bit) => Math.abs(a - (cube[i ^ bit] ?? 0))))
const roughness = (cube: readonly number[]) => differences(cube).reduce((sum, difference) => sum + difference / 24, 0)
const random = new Random({ seed: 1 })
const cubes = Array.from({ length: 600 }, () => Array.from({ length: 8 }, () => random.normal()))
const train = setDataset({ ...padSets(cubes, [1]), y: cubes.map(roughness) })

const [x, target] = [input('x', 'float32', ['batch', 8, 1]), input('target', 'float32', ['batch', 1])]
const model = new CubeNetwork()
const objective = () => ({ loss: meanSquaredError(model.forward(x), target) })
const step = trainStep(model, { inputs: { x, target }, objective, optimizer: adam(), average: 0.99 })
const settings = { epochs: Number(process.env.EPOCHS ?? 40), batchSize: 20, schedule: constantRate(0.01), seed: 1 }
const start = startRun(step, initialize(model, 1))
const state = await lastState(fit({ ...settings, step, backend: onnxBackend(), train, state: start }))
const program = inferenceProgram(model, { inputs: { x }, outputs: () => ({ y: model.forward(x) }) })
const session = await ort.InferenceSession.create(exportOnnx(program, { values: trainedValues(step, state) }))
const cube = [0.3, 0.1, -0.4, 1, 0.5, -0.9, 0.2, 0.6]
const turned = Array.from(third.images, (corner) => cube[corner] ?? 0)
export const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(...cube, ...turned), [2, 8, 1]) })
console.log(`true ${roughness(cube).toFixed(4)}; ONNX Runtime answers ${y?.data[0]}, and ${y?.data[1]} for the cube turned`)
