import { concat, constant, matMul, reduceSum, reshape, swapAxes, type Tensor } from '@equivar/tensor'

/** The windows on a circle of `length` positions: output t reads the positions stride t + dilation k - before, k = 0, 1, ... */
export interface CircularWindow {
  readonly length: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly before: number
  /** The number of output positions. */
  readonly outputs: number
}

/** The longest circle for which the table of cosines and sines, 8 length^2 bytes, is acceptable. */
const LONGEST = 512
/** The cost of the memory traffic of spectra, relative to their products. */
const OVERHEAD = 2

const frequencies = (length: number): number => Math.floor(length / 2) + 1

/** Whether the Fourier transform takes fewer multiplications than the sum over the kernel. */
export function spectrumIsCheaper({ length, kernel, outputs }: CircularWindow, inChannels: number, outChannels: number): boolean {
  const waves = 2 * frequencies(length)
  const spectral = inChannels * length * waves + 2 * inChannels * outChannels * waves + outChannels * waves * outputs
  return length <= LONGEST && OVERHEAD * spectral < inChannels * outChannels * kernel * outputs
}

/** The table of scale_f cos(2 pi f p / length), then sign scale_f sin(2 pi f p / length): [2 frequencies, positions]. */
function waves(
  length: number,
  positions: readonly number[],
  { sign, scale = () => 1 }: { sign: 1 | -1; scale?: (f: number) => number },
): Tensor {
  const half = frequencies(length) * positions.length
  const data = new Float64Array(2 * half)
  for (let f = 0; f < frequencies(length); f++) {
    positions.forEach((p, i) => {
      // Reduce modulo the full circle first, because sin loses accuracy for large arguments.
      const turn = (2 * Math.PI * ((f * p) % length)) / length
      const at = f * positions.length + i
      data[at] = scale(f) * Math.cos(turn)
      data[half + at] = sign * scale(f) * Math.sin(turn)
    })
  }
  return constant(data, [2 * frequencies(length), positions.length])
}

const upTo = (count: number, position: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => position(i))

/**
 * Cross-correlation on a circle by Fourier transform. For kernels about as long as the signal it takes a tenth of the multiplications.
 *
 * y[o, t] = sum over c, k of x[c, stride t + dilation k - before mod length] weight[o, c, k]
 * = 1 / length sum over f, c of X_f[c] G_f[o, c] exp(2 pi i f stride t / length), with
 * X_f = sum over n of x[n] exp(-2 pi i f n / length) and G_f = sum over k of weight[k] exp(2 pi i f (dilation k - before) / length).
 *
 * Signals are real, so half of the frequencies suffice. Real parts come before imaginary parts, and axes are ordered so that everything except the transform of
 * the small kernels is a matrix product without transposes.
 *
 * @param x - [batch, in, length].
 * @param weight - [out, in, kernel].
 * @returns [batch, out, outputs].
 */
export function circularConvolution(x: Tensor, weight: Tensor, window: CircularWindow): Tensor {
  const { length, kernel, stride, dilation, before, outputs } = window
  const [outChannels, inChannels] = weight.shape as [number, number, number]
  const count = frequencies(length)
  const spectraOf = (rows: Tensor, basis: Tensor): Tensor => matMul(basis, swapAxes(rows, 0, 1))

  const analysis = waves(
    length,
    upTo(length, (n) => n),
    { sign: -1 },
  )
  const signals = reshape(spectraOf(reshape(x, [-1, length]), analysis), [2, count, -1, inChannels])
  const taps = waves(
    length,
    upTo(kernel, (k) => dilation * k - before),
    { sign: 1 },
  )
  const kernels = reshape(spectraOf(reshape(weight, [-1, kernel]), taps), [2, count * outChannels * inChannels])
  // (X + iX') (A + iB) = (X A - X' B) + i (X B + X' A): `choice` selects the signs and parts of A and B for one part of the result.
  const product = (choice: readonly number[]): Tensor => {
    const chosen = reshape(matMul(constant(Float64Array.from(choice), [2, 2]), kernels), [2, count, outChannels, inChannels])
    return reduceSum(matMul(signals, swapAxes(chosen, 2, 3)), { axis: 0, keepDims: true })
  }
  const answers = concat([product([1, 0, 0, -1]), product([0, 1, 1, 0])], 0)

  const twice = (f: number): number => (f === 0 || 2 * f === length ? 1 : 2) / length
  const synthesis = waves(
    length,
    upTo(outputs, (t) => stride * t),
    { sign: -1, scale: twice },
  )
  return reshape(matMul(swapAxes(reshape(answers, [2 * count, -1]), 0, 1), synthesis), [-1, outChannels, outputs])
}
