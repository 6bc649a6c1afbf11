import { defineTask } from '@equivar/cli'
import { naturalAction, Permutation, PermutationGroup, trivialAction } from '@equivar/groups'
import { SharingLinear } from '@equivar/layers-sharing'
import { Module } from '@equivar/nn'
import { input, Random, relu, squeeze, type Tensor } from '@equivar/tensor'

/** The 24 rotations of a cube, as permutations of its faces: up, down, front, back, left, right. */
const rotations = new PermutationGroup(6, [Permutation.parse(6, '(2 5 3 4)'), Permutation.parse(6, '(0 2 1 3)')])
const [faces, whole] = [naturalAction(rotations), trivialAction(rotations, 1)]

/** Two layers from faces to faces that commute with every rotation, then one number for each class: [batch, 6, channels] to [batch, classes]. */
class CubeNetwork extends Module {
  readonly layers: SharingLinear[]
  readonly last: SharingLinear

  constructor(inChannels: number, hidden: number, classes: number) {
    super()
    this.layers = [inChannels, hidden].map(
      (from) => new SharingLinear({ output: faces, input: faces, inChannels: from, outChannels: hidden }),
    )
    this.last = new SharingLinear({ output: whole, input: faces, inChannels: hidden, outChannels: classes })
  }

  forward(x: Tensor): Tensor {
    return squeeze(this.last.forward(this.layers.reduce((h, layer) => relu(layer.forward(h)), x)), 1)
  }
}

export default defineTask({
  description: 'whether the two bright faces of a cube are opposite each other, in any orientation',
  settings: { cubes: 600, hidden: 16, noise: 0.2 },
  data: ({ cubes, noise }, { seed }) => {
    const random = new Random({ seed, stream: 'cubes' })
    return Array.from({ length: cubes }, () => {
      const bright = random.permutation(6).slice(0, 2)
      const x = [0, 1, 2, 3, 4, 5].map((face) => [(bright.includes(face) ? 1 : 0) + noise * random.normal()])
      const [a, b] = Array.from(bright, (face) => face >> 1)
      return { x, label: a === b ? 'opposite' : 'adjacent' }
    })
  },
  inputs: ({ channels }) => ({ x: input('x', 'float32', ['batch', 6, channels]) }),
  model: ({ channels, outputs }, { hidden }) => new CubeNetwork(channels, hidden, outputs),
  output: (network, { x }) => network.forward(x),
  symmetries: [{ x: '(2 5 3 4), (0 2 1 3) on axis 1' }],
  goal: 'label',
  recipe: { epochs: 20, batchSize: 32, learningRate: 5e-3 },
})
