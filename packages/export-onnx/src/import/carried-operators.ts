const names =
  'AffineGrid Attention Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow CausalConvWithState ' +
  'CenterCropPad Col2Im ConcatFromSequence ConvInteger CumProd DFT DeformConv DequantizeLinear Det DynamicQuantizeLinear GlobalLpPool ' +
  'GridSample HammingWindow HannWindow Hardmax ImageDecoder LRN LinearAttention LpNormalization LpPool MatMulInteger MaxRoiPool ' +
  'MaxUnpool MeanVarianceNormalization MelWeightMatrix Multinomial NegativeLogLikelihoodLoss NonMaxSuppression Optional ' +
  'OptionalGetElement OptionalHasElement QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RandomNormal RandomNormalLike ' +
  'RandomUniform RandomUniformLike RegexFullMatch ReverseSequence RoiAlign RotaryEmbedding STFT Scan SequenceAt SequenceConstruct ' +
  'SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SoftmaxCrossEntropyLoss SplitToSequence StringConcat ' +
  'StringNormalizer StringSplit SwiGLU TensorScatter TfIdfVectorizer Unique'

/** ONNX's own operators that Equivar does not read: a node of one is carried from file to file as it is. Any other name is no operator of ONNX. */
export const carriedOperators: ReadonlySet<string> = /* @__PURE__ */ new Set(names.split(' '))
