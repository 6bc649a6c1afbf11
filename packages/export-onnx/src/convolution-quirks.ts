/** What ONNX Runtime needs or likes of convolutions and poolings; each entry is written as those of `quirks.ts`. */
import {
  type ConvAttributes,
  type ConvolutionGradientForms,
  conv,
  graphPass,
  isNode,
  type MaxPoolGradientForms,
  type NodeOf,
  type Pass,
  rewriteTensors,
  squeeze,
  type Tensor,
  unsqueeze,
  type WeightGradientForm,
} from '@equivar/tensor'
import { fixedTensors } from './fixed.ts'

/** ONNX Runtime computes on channels in blocks of so many where the processor has AVX-512; others have blocks of half as many. */
const CHANNEL_BLOCK = 16

/** Whether ONNX Runtime would compute on blocks of channels if the signal were an image. */
function fitsBlocks({ inputs: [x], attributes: { groups } }: NodeOf<'Conv'>, weightIsFixed: boolean): boolean {
  const channels = x.size(1)
  // Stryker disable next-line EqualityOperator: one whole block is a multiple of a block as well
  const fits = typeof channels === 'number' && (channels < CHANNEL_BLOCK || channels % CHANNEL_BLOCK === 0)
  return x.rank === 3 && weightIsFixed && groups === 1 && fits
}

/** A convolution of signals as one of images of a single row. */
function asRows({ inputs: [x, weight, bias], attributes }: NodeOf<'Conv'>): Tensor {
  const { strides, pads, dilations, groups } = attributes
  const options = { strides: [1, ...strides], pads: [0, pads[0] ?? 0, 0, pads[1] ?? 0], dilations: [1, ...dilations], groups }
  const row = (signal: Tensor): Tensor => unsqueeze(signal, 2)
  const y = conv(row(x), row(weight), bias === undefined ? options : { ...options, bias })
  return squeeze(y, 2)
}

/**
 * A convolution over signals with a kernel that is fixed becomes one over images of a single row: ONNX Runtime has its fast way, on blocks of channels, for
 * images only. 1.2 to 1.4 times as fast for 64 channels and kernels of 5.
 *
 * Law: equal for every input.
 * Versions: all up to 1.30. Upstream: none. Until: `equivar bench dss` infers as fast without.
 */
export const signalsAsRows: Pass = /* @__PURE__ */ graphPass('signals-as-rows', (program, { fixed }) => {
  const known = fixedTensors(program.nodes, fixed)
  return rewriteTensors(program, (node, original) => {
    if (!isNode(original, 'Conv') || !isNode(node, 'Conv') || !fitsBlocks(original, known.has(original.inputs[1]))) return undefined
    return [asRows(node)]
  })
})

/** A size that is not known when a Program is compiled counts as an image of so many pixels a row. */
const USUAL_ROW = 32

/**
 * Rows of the signal are stacked where they are at least twice as long as the channels of a position, for stride 1, and where there is no window at all;
 * otherwise windows become rows of channels. One thread, processor milliseconds for the whole batch, G images a call, AVX-512:
 *
 * | batch, channels, size, kernel | G | flatTaps | stackedTaps | patchRows |
 * |---|---|---|---|---|
 * | 80, 3 to 32, 64 x 64, 3 x 3 | 4 / 80 | 20 / 32 | **13 / 18** | 47 / 49 |
 * | 80, 1 to 32, 28 x 28, 3 x 3 | 4 / 80 | 5 / 6 | **2 / 2** | 7 / 9 |
 * | 40, 16 to 32, 32 x 32, 3 x 3 | 4 / 40 | 11 / 14 | **9 / 11** | 10 / 14 |
 * | 40, 32 to 64, 32 x 32, 3 x 3 | 1 / 40 | 35 / 41 | 34 / 33 | **33 / 34** |
 * | 160, 4 to 32, 7 x 7, 3 x 3 | 4 / 160 | 2.5 / 1.7 | 2.0 / **1.1** | **1.6** / 1.4 |
 * | 80, 64 to 64, 16 x 16, 3 x 3 | 1 / 10 / 80 | 45 / 37 / 42 | | **23 / 29 / 35** |
 * | 80, 32 to 64, 14 x 14, 3 x 3 | 1 / 10 / 80 | 21 / 14 / 17 | | **10 / 10 / 13** |
 * | 80, 64 to 64, 7 x 7, 3 x 3 | 1 / 10 / 80 | 22 / 10 / 11 | | **5 / 5 / 7** |
 * | 64, 40 to 40, 12 x 12, 3 x 3, no padding | 1 / 16 / 64 | 10 / 5 / 6 | | **3 / 4 / 5** |
 * | 400, 64 to 64, 104, 5 | 1 / 25 / 400 | 66 / 29 / 38 | | **24 / 26 / 36** |
 */
function weightForm(x: Tensor, { kernel, strides }: ConvAttributes): WeightGradientForm {
  const [channels, last] = [x.size(1), x.size(-1)]
  if (kernel.every((k) => k === 1) && strides.every((s) => s === 1)) return 'stackedTaps'
  const row = typeof last === 'number' ? last : USUAL_ROW
  return strides.every((s) => s === 1) && typeof channels === 'number' && 2 * channels <= row ? 'stackedTaps' : 'patchRows'
}

/**
 * In which form ONNX Runtime computes gradients of convolutions fastest: as convolutions from 8 channels on (a transposed one is written for any kernel),
 * strided ones in phases; of weights, as products of 128 columns that transpose no operand. It has no kernel for the gradient of a weight.
 *
 * Versions: 1.30. Until: `equivar bench dss p4cnn` trains as fast with other forms.
 */
export const gradientForms: ConvolutionGradientForms = { flippedFrom: 8, inPhases: true, weightForm, columns: 128 }

/**
 * Rows that ONNX Runtime repeats faster than it broadcasts them in the gradient of max-pooling, as broadcasting costs something each row: one thread, ms, windows of
 * 2 x 2, broadcast and repeated: [10, 64, 8, 8] 0.39 and 0.27, [10, 64, 14, 14] 0.63 and 0.40, [10, 32, 28, 28] 0.84 and 0.68, [64, 40, 24, 24] 5.8 and 6.0;
 * [80, 64, 32, 32] 30 and 29, [10, 32, 64, 64] 4.1 and 4.8, [80, 32, 64, 64] 76 and 88.
 *
 * Versions: 1.30. Until: `equivar bench dss-images-28` trains as fast without.
 */
export const poolingForms: MaxPoolGradientForms = { repeatedUpTo: 28 }
