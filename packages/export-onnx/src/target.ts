import {
  afterGradients,
  beforeGradients,
  convolutionGradients,
  diagonalsAtPlaces,
  maxPoolGradients,
  smallTermsFirst,
  type Target,
} from '@equivar/tensor'
import { gradientForms, poolingForms, signalsAsRows } from './convolution-quirks.ts'
import { numbersAsRows } from './numbers-as-rows.ts'
import {
  emptyEinsumsAsZeros,
  emptyProductsAsZeros,
  float32InPlaceOfFloat16,
  guardedEmptyProducts,
  matricesOfBatches,
  oneHotOfInt64,
  onesOverAsReciprocals,
  rowsByInt64,
  slopesAsHardSigmoids,
  turnedMatricesByRows,
  whereOfBooleans,
} from './quirks.ts'
import { sumsAsProducts, sumsInStages } from './sums.ts'

/**
 * An ONNX file for any runtime: standard operators only, in forms that ONNX Runtime runs right and fast.
 *
 * What has no kernel goes before gradients are written out, so that what is written in its place is simplified with the rest; what guards against a
 * runtime's errors goes last, as nothing may take it away again.
 */
export const onnxFile: Target = {
  name: 'onnx-file',
  passes: [
    ...beforeGradients,
    /* @__PURE__ */ convolutionGradients(gradientForms),
    /* @__PURE__ */ maxPoolGradients(poolingForms),
    float32InPlaceOfFloat16,
    oneHotOfInt64,
    rowsByInt64,
    whereOfBooleans,
    slopesAsHardSigmoids,
    diagonalsAtPlaces,
    ...afterGradients,
    smallTermsFirst,
    onesOverAsReciprocals,
    signalsAsRows,
    sumsInStages,
    sumsAsProducts,
    numbersAsRows,
    turnedMatricesByRows,
    matricesOfBatches,
    emptyProductsAsZeros,
    emptyEinsumsAsZeros,
    guardedEmptyProducts,
  ],
}
