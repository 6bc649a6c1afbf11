export * from './gin.ts'
export * from './graph-linear.ts'
export * from './invariant-graph-network.ts'
