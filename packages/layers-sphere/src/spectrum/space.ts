import { printShape, ShapeError, type Tensor } from '@equivar/tensor'
import { bandwidthOf, oversampledBandwidth } from '../checks.ts'
import { type AnalysisOptions, circleSignal, circleSpectrum, type SynthesisOptions } from './circle.ts'
import { rotationSignal, rotationSpectrum } from './rotations.ts'
import { sphereSignal, sphereSpectrum } from './sphere.ts'

/** Where signals live: the circle, the sphere, SO(3). */
interface Space {
  readonly axes: 1 | 2 | 3
  readonly spectrum: (x: Tensor, options?: AnalysisOptions) => Tensor
  readonly signal: (spectrum: Tensor, options?: SynthesisOptions) => Tensor
}

/** The space whose samples have the rank of x. @throws ShapeError if none has. */
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
 * The same signal on the grid of another bandwidth: finer grids interpolate exactly, coarser ones drop the degrees they cannot hold (spectral pooling).
 *
 * Law: commutes with every rotation, exactly for signals without degrees from the bandwidth of their grid on.
 *
 * @param x - float32 samples on the circle, the sphere or SO(3); which, the rank tells.
 * @param bandwidth - of the result's grid.
 * @param options - `degrees` to keep; as many as both grids hold if left out.
 */
export function resample(x: Tensor, bandwidth: number, options: AnalysisOptions = {}): Tensor {
  const { axes, spectrum, signal } = spaceOf('resample', x)
  const b = bandwidthOf('resample', x, axes)
  return signal(spectrum(x, { degrees: options.degrees ?? Math.min(b, bandwidth) }), { bandwidth })
}

/**
 * A pointwise function of a signal, computed on a finer grid, and the result's degrees below the bandwidth.
 *
 * Law: commutes with rotations exactly for polynomials of degree p where oversampling is at least (p + 1) / 2; for others, such as relu, up to an
 * aliasing error that falls as oversampling grows.
 *
 * @param x - float32 samples on the circle, the sphere or SO(3).
 * @param activation - applied to every sample.
 * @param oversampling - bandwidth of the finer grid over that of x; 2 if left out.
 * @throws RangeError if oversampling is below 1.
 */
export function oversampled(x: Tensor, activation: (samples: Tensor) => Tensor, oversampling = 2): Tensor {
  const { axes } = spaceOf('oversampled', x)
  const b = bandwidthOf('oversampled', x, axes)
  return resample(activation(resample(x, oversampledBandwidth('oversampled', b, oversampling))), b)
}
