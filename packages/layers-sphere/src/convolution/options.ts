import { oversampledBandwidth, requireBandwidth, requireCount } from '../checks.ts'

/** How a kernel is parameterized: by weights at the points of a published grid, by its Fourier coefficients (`spectral`), or by weights at given points. */
export type KernelForm<Point> = 'nearIdentity' | 'equatorial' | 'spectral' | readonly Point[]

/** Options of a convolution. */
export interface HarmonicConvolutionOptions<Point> {
  readonly inChannels: number
  readonly outChannels: number
  /** The bandwidth of the input. */
  readonly bandwidth: number
  /** The bandwidth of the output; by default that of the input. A smaller one is spectral pooling. Degrees that the input does not have are 0. */
  readonly outBandwidth?: number
  /** The output is sampled on the grid of bandwidth oversampling x outBandwidth, rounded up; 1 by default. A finer grid reduces the aliasing of activations. */
  readonly oversampling?: number
  /** How the kernel is parameterized; `nearIdentity` by default. */
  readonly kernel?: KernelForm<Point>
  /** True (the default) for a bias for each channel. */
  readonly bias?: boolean
}

/** The validated sizes of a convolution. */
export interface ConvolutionSizes {
  readonly inChannels: number
  readonly outChannels: number
  readonly bandwidth: number
  /** The number of degrees of the output that can be nonzero. */
  readonly degrees: number
  readonly outBandwidth: number
  /** The bandwidth of the output grid. */
  readonly grid: number
}

/** Validates the options of a convolution. @throws RangeError that names the option that is out of range. */
export function sizesOf(where: string, options: Omit<HarmonicConvolutionOptions<never>, 'kernel'>): ConvolutionSizes {
  const { inChannels, outChannels, bandwidth, outBandwidth = bandwidth, oversampling = 1 } = options
  requireCount(where, 'inChannels', inChannels)
  requireCount(where, 'outChannels', outChannels)
  requireBandwidth(where, 'bandwidth', bandwidth)
  requireBandwidth(where, 'outBandwidth', outBandwidth)
  return {
    inChannels,
    outChannels,
    bandwidth,
    outBandwidth,
    degrees: Math.min(bandwidth, outBandwidth),
    grid: oversampledBandwidth(where, outBandwidth, oversampling),
  }
}

/** The bandwidth of the output grid; the oversampling of a call overrides that of the layer. @throws RangeError if it is below 1. */
export function gridOf(
  where: string,
  { grid, outBandwidth }: ConvolutionSizes,
  { oversampling }: { readonly oversampling?: number },
): number {
  return oversampling === undefined ? grid : oversampledBandwidth(where, outBandwidth, oversampling)
}
