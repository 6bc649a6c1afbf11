import { demandBandwidth, demandCount, oversampledBandwidth } from '../checks.ts'

/** Whether kernels are given by their values at some points, or by their coefficients. */
export type KernelForm<Point> = 'nearIdentity' | 'equatorial' | 'spectral' | readonly Point[]

/** Settings of a convolution. */
export interface HarmonicConvolutionOptions<Point> {
  readonly inChannels: number
  readonly outChannels: number
  /** Bandwidth of the input's grid. */
  readonly bandwidth: number
  /** Degrees of the output; those of the input if left out. Fewer are spectral pooling; degrees that the input has not are 0. */
  readonly outBandwidth?: number
  /** The output's grid is that of `oversampling` times its bandwidth, rounded up; 1 if left out. More keeps what is done to the samples from aliasing. */
  readonly oversampling?: number
  /** Where the kernel has weights: the published grids, other points, or every coefficient (`spectral`); `nearIdentity` if left out. */
  readonly kernel?: KernelForm<Point>
  /** Whether a number is added to each channel; true if left out. */
  readonly bias?: boolean
}

/** Sizes of a convolution, checked. */
export interface ConvolutionSizes {
  readonly inChannels: number
  readonly outChannels: number
  readonly bandwidth: number
  /** Degrees of the output that may differ from 0. */
  readonly degrees: number
  readonly outBandwidth: number
  /** Bandwidth of the output's grid. */
  readonly grid: number
}

/** @throws RangeError naming the option that is out of range. */
export function sizesOf(where: string, options: Omit<HarmonicConvolutionOptions<never>, 'kernel'>): ConvolutionSizes {
  const { inChannels, outChannels, bandwidth, outBandwidth = bandwidth, oversampling = 1 } = options
  demandCount(where, 'inChannels', inChannels)
  demandCount(where, 'outChannels', outChannels)
  demandBandwidth(where, 'bandwidth', bandwidth)
  demandBandwidth(where, 'outBandwidth', outBandwidth)
  return {
    inChannels,
    outChannels,
    bandwidth,
    outBandwidth,
    degrees: Math.min(bandwidth, outBandwidth),
    grid: oversampledBandwidth(where, outBandwidth, oversampling),
  }
}

/** Bandwidth of the output's grid, where a call may ask for another than the layer's. @throws RangeError if the factor is below 1. */
export function gridOf(
  where: string,
  { grid, outBandwidth }: ConvolutionSizes,
  { oversampling }: { readonly oversampling?: number },
): number {
  return oversampling === undefined ? grid : oversampledBandwidth(where, outBandwidth, oversampling)
}
