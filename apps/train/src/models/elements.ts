import { DeepSetsLayer } from '@equivar/layers-sets'
import { fillMissing, Linear, LOWEST, Module } from '@equivar/nn'
import { input, relu, squeeze, type Tensor } from '@equivar/tensor'
import type { ModelKind } from '../model.ts'
import { chosenElementPermutation } from '../symmetry.ts'
import { encoded, encodedFacts } from './features.ts'
import { predicted } from './regression.ts'

/** Deep sets layers and a linear map of each element: [batch, set, channels] to [batch, set, outputs]. */
class ElementNetwork extends Module {
  readonly layers: DeepSetsLayer[]
  readonly last: Linear

  constructor(inChannels: number, hidden: number, layers: number, outputs: number) {
    super()
    this.layers = Array.from(
      { length: layers },
      (_, i) => new DeepSetsLayer({ inChannels: i === 0 ? inChannels : hidden, outChannels: hidden }),
    )
    this.last = new Linear({ inChannels: hidden, outChannels: outputs })
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    return this.last.forward(this.layers.reduce((h, layer) => relu(layer.forward(h, mask)), x))
  }
}

const defaults = { hidden: 64, layers: 3 }

/** Something for each element of a set: its class, numbers, or a score by which one element is chosen. */
const elements: ModelKind<typeof defaults> = {
  defaults,
  build: ({ hidden, layers }, facts, goal) => {
    const [x, mask] = [input('x', 'float32', ['batch', 'set', facts.channels]), input('mask', 'bool', ['batch', 'set'])]
    const chooses = goal.kind === 'choice'
    const module = new ElementNetwork(encodedFacts(facts).channels, hidden, layers, chooses ? 1 : facts.outputs)
    const output = (): Tensor => {
      const rows = module.forward(encoded(x, facts, -1), mask)
      return chooses ? fillMissing(squeeze(rows, -1), mask, LOWEST) : predicted(rows, facts.regression)
    }
    const target = goal.target(chooses ? 'batch' : ['batch', 'set'], facts.outputs)
    return { module, inputs: { x, mask }, goal, target, symmetries: [chosenElementPermutation], output }
  },
}

/** Models that say something of each element of a set. */
export const elementModels: Readonly<Record<string, ModelKind>> = { 'deepsets-elements': elements }
