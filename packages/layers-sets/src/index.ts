export * from './deep-sets.ts'
export * from './pooling.ts'
