export * from './baselines.ts'
export * from './deep-sets-block.ts'
export { Dss, type DssAggregation, type DssOptions } from './dss.ts'
export {
  type ElementInput,
  type ElementLayer,
  type ElementModule,
  type ElementNorm,
  eachElement,
} from './elements.ts'
export * from './graph-elements.ts'
export * from './heads.ts'
export * from './independent.ts'
export { type Aggregation, poolElements, poolSet } from './pooling.ts'
export * from './set-layer.ts'
export * from './set-network.ts'
export * from './signal-networks.ts'
export * from './unet.ts'
