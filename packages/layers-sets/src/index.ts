export * from './attention.ts'
export * from './axis-pooling.ts'
export * from './deep-sets.ts'
export * from './pooling.ts'
