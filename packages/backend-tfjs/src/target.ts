import { afterGradients, beforeGradients, convolutionGradients, maxPoolGradients, type Target } from '@equivar/tensor'

/**
 * TensorFlow.js: gradients of convolutions as convolutions and products of contiguous slices, which all of its backends have kernels for. The gradient
 * kernels that it has itself are missing on wasm.
 */
export const tfjsTarget: Target = {
  name: 'tensorflow.js',
  passes: [
    ...beforeGradients,
    /* @__PURE__ */ convolutionGradients({ flippedFrom: 8, inPhases: true, columns: 128 }),
    /* @__PURE__ */ maxPoolGradients(),
    ...afterGradients,
  ],
}
