import { type ClassDataset, padSets, setDataset } from '@equivar/datasets'
import { DeepSets } from '@equivar/layers-sets'
import { accuracy, crossEntropy } from '@equivar/nn'
import { type Input, input, Random, type Tensor } from '@equivar/tensor'

export const classes = ['ring', 'disc']

/** Sets of 8 to 20 points in the plane, from a ring or from a disc. */
export function pointSets(count: number, stream: string): ClassDataset {
  const random = new Random({ seed: 1, stream })
  const labels = Int32Array.from({ length: count }, () => random.integer(2))
  const sets = Array.from(labels, (label) =>
    Array.from({ length: 8 + random.integer(13) }, () => {
      const [angle, radius] = [2 * Math.PI * random.uniform(), label === 0 ? 1 : Math.sqrt(random.uniform())]
      return [radius * Math.cos(angle) + 0.1 * random.normal(), radius * Math.sin(angle) + 0.1 * random.normal()]
    }).flat(),
  )
  return setDataset({ ...padSets(sets, [2]), labels, classes })
}

/** The network: the same answer for every order of the points. */
export const network = new DeepSets({ channels: [2, 32, 32], head: [32], readout: 'max', outputs: classes.length })

/** What the network is given. */
export const inputs: { readonly x: Input; readonly mask: Input } = {
  x: input('x', 'float32', ['batch', 'set', 2]),
  mask: input('mask', 'bool', ['batch', 'set']),
}
export const target: Input = input('target', 'int64', ['batch'])

/** The answer of the network: a number for each class. */
export const logits = (): Tensor => network.forward(inputs.x, inputs.mask)

/** What is to become small, and what is watched. */
export const objective = () => {
  const answer = logits()
  return { loss: crossEntropy(answer, target), metrics: { accuracy: accuracy(answer, target) } }
}
