export * from './export.ts'
export * from './inspect.ts'
