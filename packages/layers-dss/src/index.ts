export * from './baselines.ts'
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
export * from './independent.ts'
export * from './networks.ts'
export { type Pool, poolElements, poolSet } from './pooling.ts'
export * from './set-layer.ts'
export * from './signal-networks.ts'
export * from './unet.ts'
