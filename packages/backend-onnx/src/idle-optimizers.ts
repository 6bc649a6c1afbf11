import type { OnnxNode } from '@equivar/export-onnx'

/** Optimizers of ONNX Runtime (1.30), and the operators of which one at least must be there for them to have anything to do. */
interface Optimizers {
  readonly names: readonly string[]
  readonly operators: readonly string[]
}

const norms = ['LayerNormalization', 'RMSNormalization', 'SimplifiedLayerNormalization', 'SkipLayerNormalization']

const optimizers: readonly Optimizers[] = [
  {
    names: [
      'DoubleQDQPairsRemover',
      'EnsureUniqueDQForNodeUnit',
      'QDQFinalCleanupTransformer',
      'QDQPropagationTransformer',
      'QDQS8ToU8Transformer',
      'QDQSelectorActionTransformer',
      'WeightBiasQuantization',
      'WhereDummyDq',
    ],
    operators: ['DequantizeLinear', 'DynamicQuantizeLinear', 'QuantizeLinear'],
  },
  { names: ['DynamicQuantizeMatMulFusion', 'MatMulIntegerToFloatFusion'], operators: ['DynamicQuantizeLinear', 'MatMulInteger'] },
  { names: ['MatMulNBitsFusion'], operators: ['DequantizeLinear', 'MatMulNBits'] },
  {
    names: [
      'AttentionFusion',
      'BiasSkipLayerNormFusion',
      'EmbedLayerNormFusion',
      'LayerNormFusionL1',
      'LayerNormFusionL2',
      'SimplifiedLayerNormFusion',
      'SkipLayerNormFusion',
    ],
    operators: ['ReduceMean', ...norms],
  },
  { names: ['BiasGeluFusion', 'GeluFusionL1', 'GeluFusionL2'], operators: ['Erf', 'FastGelu', 'Gelu'] },
  { names: ['FastGeluFusion'], operators: ['FastGelu', 'Gelu', 'Tanh'] },
  { names: ['QuickGeluFusion'], operators: ['Sigmoid'] },
  { names: ['BiasSoftmaxFusion'], operators: ['Softmax'] },
  { names: ['BiasDropoutFusion'], operators: ['BitmaskDropout', 'Dropout'] },
  { names: ['GroupQueryAttentionFusion', 'GroupQueryAttentionPreNormFusion'], operators: ['GroupQueryAttention'] },
]

/** An operator of a domain that may be defined in the file itself, by nodes that are not seen here. */
const isForeign = (operator: string): boolean => operator.includes('.') && !operator.startsWith('com.microsoft.')

/**
 * The optimizers of ONNX Runtime that have nothing to do for a model of these nodes. Each looks at the whole graph, in several rounds: without them the session of
 * a training step opened in 0.84 to 0.88 of the time (GIN, NequIP, NequIP with forces: 1,700 to 4,400 nodes).
 *
 * @returns none if the nodes are not known, or may be more than are seen.
 */
export function idleOptimizers(nodes: readonly OnnxNode[]): string[] {
  const found = new Set(nodes.map(({ operator }) => operator.slice(operator.lastIndexOf('.') + 1)))
  if (found.size === 0 || nodes.some(({ operator }) => isForeign(operator))) return []
  return optimizers.flatMap(({ names, operators }) => (operators.some((operator) => found.has(operator)) ? [] : names))
}
