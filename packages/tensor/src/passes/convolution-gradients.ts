import { type InputGradientForms, inputGradient } from './convolution-input-gradient.ts'
import { type WeightGradientForms, weightGradient } from './convolution-weight-gradient.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** In which of their equal forms a target wants the gradients of convolutions. */
export type ConvolutionGradientForms = InputGradientForms & WeightGradientForms

/**
 * Gradients of convolutions, written with operators that runtimes have.
 *
 * Law: equal for every finite input, but for the order of additions; infinities meet zeros that are written around them, and NaN spreads.
 * Before: ConvInputGradient(w, g). After: ConvTranspose(g, w).
 */
export const convolutionGradients = (forms: ConvolutionGradientForms): RewritingPass =>
  rewriting('convolution-gradients', [
    rule('ConvInputGradient', ({ inputs: [weight, gradient], attributes, output }) =>
      inputGradient({ channels: output.size(1), spatial: attributes.spatial }, weight, gradient, attributes, forms),
    ),
    rule('ConvWeightGradient', ({ inputs: [x, gradient], attributes }) => weightGradient(x, gradient, attributes, forms)),
  ])
