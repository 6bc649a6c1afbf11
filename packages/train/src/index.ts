export * from './checkpoint.ts'
export * from './fit.ts'
export { repeatedStep } from './repeated-step.ts'
export * from './step.ts'
