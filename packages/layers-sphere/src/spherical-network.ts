import { type ActivationName, activation, BatchNorm, isTraining, Linear, Module } from '@equivar/nn'
import type { Tensor } from '@equivar/tensor'
import { oversampledBandwidth } from './checks.ts'
import type { KernelForm } from './convolution/options.ts'
import { RotationConvolution } from './convolution/rotation-convolution.ts'
import { SphereConvolution } from './convolution/sphere-convolution.ts'
import { RotationPooling } from './invariant/pooling.ts'

/** Options of SphericalNetwork. */
export interface SphericalNetworkOptions {
  /** The bandwidth of the input and of the output of each convolution; [30, 10, 6] by default. */
  readonly bandwidths?: readonly number[]
  /** The channels of the input and of the output of each convolution; [1, 20, 40] by default. */
  readonly channels?: readonly number[]
  readonly outputs: number
  readonly activation?: ActivationName
  /**
   * Activations are computed on grids of `oversampling` times the bandwidth; 1 by default, as published. The weights do not depend on it: with
   * `{ training: 1, inference: 2 }` a network trains on coarse grids and predicts on fine ones, which reduces aliasing.
   */
  readonly oversampling?: number | { readonly training: number; readonly inference: number }
  /** True to normalize the invariant features over the batch before the linear map, which speeds up training; false by default, as published. */
  readonly normalization?: boolean
  /** How the kernels are parameterized; `nearIdentity` by default, as published. */
  readonly kernel?: Exclude<KernelForm<never>, readonly never[]>
}

/**
 * A spherical CNN: a convolution from the sphere to SO(3), convolutions on SO(3), an activation after each of them, the mean over SO(3), and a linear map.
 *
 * Law: f(x o Q^-1) = f(x) up to the aliasing of the activations, which `oversampling` reduces.
 *
 * With default options and 10 outputs this is the network of the published MNIST experiment, with the kernel grids of the authors' code: 154,550 weights.
 *
 * @throws RangeError if there are fewer than two bandwidths, or the numbers of bandwidths and channels differ.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs"; jonkhler/s2cnn.
 */
export class SphericalNetwork extends Module {
  readonly lifting: SphereConvolution
  readonly convolutions: RotationConvolution[]
  readonly norm: BatchNorm | undefined
  readonly head: Linear
  readonly #pooling = new RotationPooling()
  readonly #activation: ActivationName
  readonly #oversampling: { readonly training: number; readonly inference: number }

  constructor(options: SphericalNetworkOptions) {
    super()
    const {
      bandwidths = [30, 10, 6],
      channels = [1, 20, 40],
      outputs,
      oversampling = 1,
      normalization = false,
      kernel = 'nearIdentity',
    } = options
    if (bandwidths.length < 2 || channels.length !== bandwidths.length) {
      throw new RangeError(
        `SphericalNetwork: expected at least two bandwidths and as many channels, received [${bandwidths.join(', ')}] and [${channels.join(', ')}].`,
      )
    }
    const layer = (i: number) => ({
      inChannels: channels[i] as number,
      outChannels: channels[i + 1] as number,
      bandwidth: bandwidths[i] as number,
      outBandwidth: bandwidths[i + 1] as number,
      kernel,
    })
    this.lifting = new SphereConvolution(layer(0))
    this.convolutions = bandwidths.slice(2).map((_, i) => new RotationConvolution(layer(i + 1)))
    const features = channels[channels.length - 1] as number
    this.norm = normalization ? new BatchNorm({ channels: features }) : undefined
    this.head = new Linear({ inChannels: features, outChannels: outputs })
    this.#activation = options.activation ?? 'relu'
    this.#oversampling = typeof oversampling === 'number' ? { training: oversampling, inference: oversampling } : oversampling
    for (const factor of Object.values(this.#oversampling)) oversampledBandwidth('SphericalNetwork', 1, factor)
  }

  /**
   * @param x - float32 [batch, channels, 2b, 2b] (beta, alpha), where b is the first bandwidth.
   * @returns float32 [batch, outputs].
   */
  forward(x: Tensor): Tensor {
    const activate = activation(this.#activation)
    const options = { oversampling: isTraining() ? this.#oversampling.training : this.#oversampling.inference }
    const lifted = activate(this.lifting.forward(x, options))
    const signals = this.convolutions.reduce((h, layer) => activate(layer.forward(h, options)), lifted)
    const features = this.#pooling.forward(signals)
    return this.head.forward(this.norm?.forward(features) ?? features)
  }
}
