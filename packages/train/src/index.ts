export * from './checkpoint.ts'
export * from './fit.ts'
export * from './step.ts'
