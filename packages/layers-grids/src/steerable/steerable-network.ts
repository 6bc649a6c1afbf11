import { type ActivationName, Dropout, Linear, Module } from '@equivar/nn'
import { reduceMax, type Tensor } from '@equivar/tensor'
import { BlurPool, SpatialPooling } from '../pooling.ts'
import { FieldActivation } from './field-activations.ts'
import { FieldBatchNorm } from './field-batch-norm.ts'
import { FieldPooling } from './field-pooling.ts'
import { regularFields, scalarFields } from './field-type.ts'
import type { PlanarGroupName } from './planar-group.ts'
import { SteerableConvolution, type SteerableConvolutionOptions } from './steerable-convolution.ts'

/** One layer of a SteerableNetwork. */
export interface SteerableLayerOptions extends Pick<SteerableConvolutionOptions, 'kernel' | 'padding'> {
  /** The number of regular fields. */
  readonly fields: number
  /**
   * Pooling after the layer, to half of an even size; none by default. `max`: the maximum of 2 x 2 windows. `smooth`: with less aliasing, the maximum of 2 x 2
   * windows one apart, then a blur (1, 2, 1) at every second position.
   */
  readonly pool?: 'max' | 'smooth'
}

/** Options of SteerableNetwork. */
export interface SteerableNetworkOptions {
  /** A finite group. */
  readonly group: Exclude<PlanarGroupName, 'SO(2)' | 'O(2)'>
  readonly inChannels?: number
  readonly outputs: number
  readonly layers?: readonly SteerableLayerOptions[]
  /** `relu` by default. */
  readonly activation?: ActivationName
  /** The dropout rate of the invariants. */
  readonly dropout?: number
}

/** For images of 28 x 28: sizes 28-24-12-12-12-6-6-6-2. */
const defaultLayers: readonly SteerableLayerOptions[] = [
  { fields: 8, kernel: 7, padding: 1, pool: 'smooth' },
  { fields: 8, kernel: 5 },
  { fields: 12, kernel: 5, pool: 'smooth' },
  { fields: 12, kernel: 5 },
  { fields: 16, kernel: 5 },
  { fields: 32, kernel: 5, padding: 'valid' },
]

/** Halves an even size. */
class LayerPooling extends Module {
  readonly #steps: readonly (SpatialPooling | BlurPool)[]

  constructor(pool: 'max' | 'smooth') {
    super()
    this.#steps =
      pool === 'max'
        ? [new SpatialPooling({ kernel: 2, group: 'p4m' })]
        : [new SpatialPooling({ kernel: 2, stride: 1, group: 'p4m' }), new BlurPool({ filter: 3, stride: 2, padding: 1, group: 'p4m' })]
  }

  forward(x: Tensor): Tensor {
    return this.#steps.reduce((h, step) => step.forward(h), x)
  }
}

/** A convolution to regular fields, batch norm, an activation, and perhaps pooling. */
class SteerableLayer extends Module {
  readonly convolution: SteerableConvolution
  readonly norm: FieldBatchNorm
  readonly #activation: FieldActivation
  readonly #pooling: LayerPooling | undefined

  constructor(options: SteerableConvolutionOptions, activation: ActivationName, pool: SteerableLayerOptions['pool']) {
    super()
    const type = options.output
    this.convolution = new SteerableConvolution({ padding: 'same', ...options, bias: false })
    this.norm = new FieldBatchNorm({ type })
    this.#activation = new FieldActivation({ type, activation })
    this.#pooling = pool && new LayerPooling(pool)
  }

  forward(x: Tensor): Tensor {
    const y = this.#activation.forward(this.norm.forward(this.convolution.forward(x)))
    return this.#pooling?.forward(y) ?? y
  }
}

/**
 * A network of steerable convolutions between regular fields of C_N or D_N, with batch norm and an activation after each. At the end, the largest component of
 * each field at any position is an invariant, and a linear map of the invariants gives the outputs.
 *
 * Law: the outputs are invariant under the group about the centre of the image: exactly for right angles and mirrors, up to sampling for other angles.
 *
 * @throws ShapeError in `forward` if a known size and a pooling break the law.
 * @see Weiler, Cesa 2019, "General E(2)-equivariant steerable CNNs", section 3.
 */
export class SteerableNetwork extends Module {
  readonly layers: SteerableLayer[]
  readonly head: Linear
  readonly #pooling: FieldPooling
  readonly #dropout: Dropout

  constructor({ group, inChannels = 1, outputs, layers = defaultLayers, activation = 'relu', dropout = 0 }: SteerableNetworkOptions) {
    super()
    const types = [scalarFields(group, inChannels), ...layers.map(({ fields }) => regularFields(group, fields))]
    const last = types.at(-1)!
    this.layers = layers.map(({ fields: _, pool, ...rest }, i) => {
      return new SteerableLayer({ ...rest, input: types[i]!, output: types[i + 1]! }, activation, pool)
    })
    this.head = new Linear({ inChannels: last.fields, outChannels: outputs })
    this.#pooling = new FieldPooling({ type: last })
    this.#dropout = new Dropout({ rate: dropout })
  }

  /**
   * @param x - float32 [batch, inChannels, height, width].
   * @returns float32 [batch, outputs].
   */
  forward(x: Tensor): Tensor {
    const features = this.layers.reduce((h, layer) => layer.forward(h), x)
    const invariants = reduceMax(this.#pooling.forward(features), { axis: [2, 3] })
    return this.head.forward(this.#dropout.forward(invariants))
  }
}
