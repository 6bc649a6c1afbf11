// Learns the moment of inertia of five masses: a 3 x 3 matrix that turns, or is reflected, with them. It is exported, and run by plain ONNX Runtime.
import { onnxBackend } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import { orthogonal, type Representation, representation, seededRandom } from '@equivar/groups'
import { EquivariantMlp } from '@equivar/layers-representations'
import { adam, constantRate, initialize, meanSquaredError } from '@equivar/nn'
import { input, Random, tensorValue } from '@equivar/tensor'
import { fit, inferenceProgram, lastState, startRun, trainedValues, trainStep } from '@equivar/train'
import * as ort from 'onnxruntime-node'

// In go five scalars and five vectors, out comes a tensor of rank 2: representations of the rotations and reflections O(3).
const space = orthogonal(3)
const [bodies, tensor] = [representation(space, '5V^0 + 5V'), representation(space, 'V^2')]
const random = new Random({ seed: 1 })
const draw = () => [0, 1, 2, 3, 4].map(() => ({ mass: random.uniform(), at: [random.normal(), random.normal(), random.normal()] }))
const entry = (all: ReturnType<typeof draw>, i: number, j: number) =>
  all.reduce((sum, { mass, at }) => sum + mass * ((i === j ? Math.hypot(...at) ** 2 : 0) - (at[i] ?? 0) * (at[j] ?? 0)), 0)
const examples = Array.from({ length: 1000 }, draw).map((all) => ({
  x: [...all.map(({ mass }) => mass), ...all.flatMap(({ at }) => at)],
  target: [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => entry(all, i, j))),
}))
const rows = (indices: ArrayLike<number>, name: 'x' | 'target', size: number) =>
  tensorValue('float32', [indices.length, size], Array.from(indices, (i) => examples[i]?.[name] ?? []).flat())
const train = { length: 1000, batch: (i: ArrayLike<number>) => ({ x: rows(i, 'x', 20), target: rows(i, 'target', 9) }) }

const [x, target] = [input('x', 'float32', ['batch', 20]), input('target', 'float32', ['batch', 9])]
const model = new EquivariantMlp({ input: bodies, output: tensor, hidden: 54, layers: 2 })
const objective = () => ({ loss: meanSquaredError(model.forward(x), target) })
const step = trainStep(model, { inputs: { x, target }, objective, optimizer: adam() })
const settings = { epochs: Number(process.env.EPOCHS ?? 40), batchSize: 50, schedule: constantRate(0.01), seed: 1, backend: onnxBackend() }
export const losses: number[] = []
const state = await lastState(fit({ ...settings, step, train, state: startRun(step, initialize(model, 1)) }), (event) => {
  if (event.type === 'epoch') losses.push(event.train.loss)
})
const program = inferenceProgram(model, { inputs: { x }, outputs: () => ({ y: model.forward(x) }) })
const session = await ort.InferenceSession.create(exportOnnx(program, { values: trainedValues(step, state) }))
const ask = async (given: number[]) =>
  Array.from((await session.run({ x: new ort.Tensor('float32', given, [1, 20]) })).y?.data as Float32Array)
const g = space.random(seededRandom(1))
const turned = (kind: Representation, v: number[]) =>
  v.map((_, i) => v.reduce((sum, value, j) => sum + (kind.matrix(g)[i * v.length + j] ?? 0) * value, 0))
export const plain = await ask(examples[0]?.x ?? [])
export const [before, after] = [await ask(turned(bodies, examples[0]?.x ?? [])), turned(tensor, plain)]
console.log(`error ${losses.at(-1)}; the answer for masses that were turned: ${before}; the answer turned afterwards: ${after}`)
