import { add, matMul, type Tensor } from '@equivar/tensor'
import { type ActivationName, activation } from './activations.ts'
import { Dropout } from './dropout.ts'
import { fanInUniform, type Initializer } from './initializers.ts'
import { Module, type Parameter, parameter } from './module.ts'
import { BatchNorm, LayerNorm } from './norms.ts'

/** Options of Linear. */
export interface LinearOptions {
  readonly inChannels: number
  readonly outChannels: number
  readonly bias?: boolean
  readonly initializer?: Initializer
}

/** An affine map on the last axis: x weight + bias. */
export class Linear extends Module {
  /** [in, out]. */
  readonly weight: Parameter
  /** [out]. */
  readonly bias: Parameter | undefined

  constructor({ inChannels, outChannels, bias = true, initializer = fanInUniform() }: LinearOptions) {
    super()
    this.weight = parameter([inChannels, outChannels], { initializer })
    this.bias = bias ? parameter([outChannels], { initializer: fanInUniform({ fanIn: inChannels }) }) : undefined
  }

  /**
   * @param x - float32 [..., in].
   * @returns float32 [..., out].
   * @throws ShapeError if the last axis of x does not have size `in`.
   */
  forward(x: Tensor): Tensor {
    const y = matMul(x, this.weight)
    return this.bias === undefined ? y : add(y, this.bias)
  }
}

/** Options of Mlp. */
export interface MlpOptions {
  /** The sizes of the input, of every hidden layer, and of the output. */
  readonly channels: readonly number[]
  readonly activation?: ActivationName
  /** The normalization before each activation; none by default. */
  readonly norm?: 'batch' | 'layer'
  /** The dropout rate after each activation; 0 by default. */
  readonly dropout?: number
  /** True if normalization, activation and dropout also follow the last layer; false by default. */
  readonly finalActivation?: boolean
}

/** A multilayer perceptron: linear layers with activations between them. */
export class Mlp extends Module {
  readonly layers: Linear[]
  readonly norms: (BatchNorm | LayerNorm)[]
  readonly #activation: ActivationName
  readonly #dropout: Dropout

  constructor({ channels, activation: name = 'relu', norm, dropout = 0, finalActivation = false }: MlpOptions) {
    super()
    if (channels.length < 2)
      throw new RangeError(`Mlp: expected at least two channels (input and output), received [${channels.join(', ')}].`)
    this.layers = channels.slice(1).map((outChannels, i) => new Linear({ inChannels: channels[i] as number, outChannels }))
    const activated = finalActivation ? channels.slice(1) : channels.slice(1, -1)
    const make = (size: number): BatchNorm | LayerNorm =>
      norm === 'batch' ? new BatchNorm({ channels: size }) : new LayerNorm({ channels: size })
    this.norms = norm === undefined ? [] : activated.map(make)
    this.#activated = activated.length
    this.#activation = name
    this.#dropout = new Dropout({ rate: dropout })
  }

  readonly #activated: number

  /**
   * @param x - float32 [..., channels[0]].
   * @param mask - bool over the leading axes, for the statistics of batch norm.
   * @returns float32 [..., channels.at(-1)].
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.layers.reduce((h, layer, i) => {
      const y = layer.forward(h)
      if (i >= this.#activated) return y
      const norm = this.norms[i]
      const normed = norm === undefined ? y : norm instanceof BatchNorm ? norm.forward(y, mask) : norm.forward(y)
      return this.#dropout.forward(activation(this.#activation)(normed))
    }, x)
  }
}
