import { Linear, Module } from '@equivar/nn'
import { type EgnnInputs, EgnnLayer, type EgnnLayerOptions, type EgnnOutputs } from './egnn-layer.ts'

/** Options of Egnn. */
export interface EgnnOptions extends Omit<EgnnLayerOptions, 'channels' | 'outChannels' | 'residual'> {
  readonly inChannels: number
  /** Without it, the network gives positions only. */
  readonly outChannels?: number
  readonly layers: number
}

/**
 * The E(n)-equivariant graph network: an embedding of the features, layers, and a linear map to the outputs.
 *
 * Law and shapes as EgnnLayer. Features are invariant, positions turn with the input.
 *
 * @see Satorras, Hoogeboom, Welling 2021, "E(n) equivariant graph neural networks".
 */
export class Egnn extends Module {
  readonly embedding: Linear
  readonly layers: EgnnLayer[]
  readonly readout: Linear | undefined

  /** @throws RangeError if there is no layer. */
  constructor({ inChannels, outChannels, layers, hiddenChannels, ...options }: EgnnOptions) {
    super()
    if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`Egnn: expected at least 1 layer, received ${layers}.`)
    this.embedding = new Linear({ inChannels, outChannels: hiddenChannels })
    this.layers = Array.from({ length: layers }, () => new EgnnLayer({ ...options, channels: hiddenChannels, hiddenChannels }))
    this.readout = outChannels === undefined ? undefined : new Linear({ inChannels: hiddenChannels, outChannels })
  }

  /** @returns the features, of `outChannels` if it was given, and the positions after the last layer. */
  forward(inputs: EgnnInputs): EgnnOutputs {
    const embedded = this.embedding.forward(inputs.x)
    let state: EgnnOutputs = { x: embedded, positions: inputs.positions }
    for (const layer of this.layers) state = layer.forward({ ...inputs, ...state })
    const { x, positions } = state
    return { x: this.readout === undefined ? x : this.readout.forward(x), positions }
  }
}
