export * from './baselines.ts'
export * from './deep-sets-block.ts'
export { type Aggregate, Dss, type DssOptions } from './dss.ts'
export {
  type ElementInput,
  type ElementLayer,
  type ElementModule,
  type ElementNorm,
  eachElement,
  keepElements,
} from './elements.ts'
export * from './graph-elements.ts'
export * from './heads.ts'
export * from './independent.ts'
export { type Pool, poolElements, poolSet } from './pooling.ts'
export * from './set-layer.ts'
export * from './set-network.ts'
export * from './signal-networks.ts'
export * from './unet.ts'
