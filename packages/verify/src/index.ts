export * from './derivative.ts'
export * from './equivariance.ts'
export * from './parity.ts'
export * from './span.ts'
