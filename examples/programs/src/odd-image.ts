// Finds the image with stripes of another direction in a set of noisy images. Trained on sets of 3 to 6 images, tested on larger sets of larger images.
import { onnxBackend } from '@equivar/backend-onnx'
import { padSets, setDataset } from '@equivar/datasets'
import { EquivariantHead, SetNetwork, selectionScores, setLayer } from '@equivar/layers-dss'
import { Convolution } from '@equivar/layers-grids'
import { accuracy, adam, cosineDecay, crossEntropy, initialize } from '@equivar/nn'
import { input, Random, relu } from '@equivar/tensor'
import { compileEvaluator, fit, lastState, startRun, trainedValues, trainStep } from '@equivar/train'

const random = new Random({ seed: 1 })
/** Stripes of 2 pixels, across or down, with noise. */
function stripes(side: number, down: boolean): number[] {
  const shift = random.integer(4)
  const along = (pixel: number) => shift + (down ? Math.floor(pixel / side) : pixel % side)
  return Array.from({ length: side * side }, (_, pixel) => (along(pixel) % 4 < 2 ? 1 : 0) + 0.3 * random.normal())
}
function sets(count: number, [least, most]: readonly [number, number], side: number) {
  const sizes = Array.from({ length: count }, () => least + random.integer(most - least + 1))
  const positions = sizes.map((size) => random.integer(size))
  const set = (odd: number, size: number) => Array.from({ length: size }, (_, i) => stripes(side, i === odd)).flat()
  const images = sizes.map((size, s) => set(positions[s] ?? 0, size))
  return setDataset({ ...padSets(images, [1, side, side]), positions })
}
const [train, validation, test] = [sets(600, [3, 6], 8), sets(60, [3, 6], 8), sets(60, [8, 12], 12)]

const block = (inChannels: number, outChannels: number) => {
  const make = (settings: object) => new Convolution({ dimensions: 2, kernel: 3, padding: 1, inChannels, outChannels, ...settings })
  return setLayer('dss', { make, inChannels, outChannels, aggregate: 'mean', norm: true, axis: -3 })
}
const head = new EquivariantHead({ channels: [16, 16, 1], axes: [-2, -1] })
const model = new SetNetwork({ layers: [block(1, 8), relu, block(8, 16), relu], head })
const x = input('x', 'float32', ['batch', 'set', 1, 'height', 'width'])
const [mask, target] = [input('mask', 'bool', ['batch', 'set']), input('target', 'int64', ['batch'])]
const objective = () => {
  const scores = selectionScores(model.forward(x, mask), mask)
  return { loss: crossEntropy(scores, target), metrics: { accuracy: accuracy(scores, target) } }
}
const step = trainStep(model, { inputs: { x, mask, target }, objective, optimizer: adam() })
const epochs = Number(process.env.EPOCHS ?? 15)
const run = { step, backend: onnxBackend(), epochs, batchSize: 20, schedule: cosineDecay({ rate: 0.01, steps: epochs }), seed: 1 }
const state = await lastState(fit({ ...run, train, validation, state: startRun(step, initialize(model, 1)) }))
const evaluator = await compileEvaluator(step, run.backend)
export const result = await evaluator.evaluate(trainedValues(step, state), test)
console.log(`sets of 8 to 12 images of 12 x 12 pixels: accuracy ${result.accuracy.toFixed(3)}`)
