import { printShape, ShapeError, type Tensor } from '@equivar/tensor'
import { bandwidthOf, oversampledBandwidth } from '../checks.ts'
import { type AnalysisOptions, circleSignal, circleSpectrum, type SynthesisOptions } from './circle.ts'
import { rotationSignal, rotationSpectrum } from './rotations.ts'
import { sphereSignal, sphereSpectrum } from './sphere.ts'

/** A domain of signals: the circle, the sphere or SO(3). */
interface Space {
  readonly axes: 1 | 2 | 3
  readonly spectrum: (x: Tensor, options?: AnalysisOptions) => Tensor
  readonly signal: (spectrum: Tensor, options?: SynthesisOptions) => Tensor
}

/** The domain whose samples have the rank of x. @throws ShapeError if there is none. */
function spaceOf(where: string, x: Tensor): Space {
  const spaces: Readonly<Record<number, Space>> = {
    3: { axes: 1, spectrum: circleSpectrum, signal: circleSignal },
    4: { axes: 2, spectrum: sphereSpectrum, signal: sphereSignal },
    5: { axes: 3, spectrum: rotationSpectrum, signal: rotationSignal },
  }
  const space = spaces[x.rank]
  if (space !== undefined) return space
  throw new ShapeError(
    where,
    'samples [batch, channels, 2b] on the circle, [..., 2b, 2b] on the sphere or [..., 2b, 2b, 2b] on SO(3)',
    printShape(x.shape),
  )
}

/**
 * Resamples a signal on the grid of another bandwidth. A finer grid interpolates exactly; a coarser grid drops the higher degrees (spectral pooling).
 *
 * Law: commutes with every rotation, exactly for signals of degree below the bandwidth of their grid.
 *
 * @param x - float32 samples on the circle, the sphere or SO(3), distinguished by rank.
 * @param bandwidth - the bandwidth of the result.
 * @param options - `degrees`, the number of degrees to keep; by default the smaller of the two bandwidths.
 */
export function resample(x: Tensor, bandwidth: number, options: AnalysisOptions = {}): Tensor {
  const { axes, spectrum, signal } = spaceOf('resample', x)
  const b = bandwidthOf('resample', x, axes)
  return signal(spectrum(x, { degrees: options.degrees ?? Math.min(b, bandwidth) }), { bandwidth })
}

/**
 * Applies a pointwise function to a signal on a finer grid, and resamples the result on the original grid.
 *
 * Law: for a polynomial of degree p, it commutes with rotations exactly if oversampling is at least (p + 1) / 2. For other functions, such as relu, there is an
 * aliasing error that decreases with oversampling.
 *
 * @param x - float32 samples on the circle, the sphere or SO(3).
 * @param activation - applied to every sample.
 * @param options - `oversampling`, the ratio of the bandwidth of the finer grid to that of x; 2 by default.
 * @throws RangeError if oversampling is below 1.
 */
export function oversampledActivation(
  x: Tensor,
  activation: (samples: Tensor) => Tensor,
  { oversampling = 2 }: { readonly oversampling?: number } = {},
): Tensor {
  const { axes } = spaceOf('oversampledActivation', x)
  const b = bandwidthOf('oversampledActivation', x, axes)
  return resample(activation(resample(x, oversampledBandwidth('oversampledActivation', b, oversampling))), b)
}
