export * from './export.ts'
export { type ImportedOnnx, type ImportOptions, importOnnx } from './import/import.ts'
export type { ReadExternal } from './import/values.ts'
export { inspectOnnx, type OnnxDescription, OnnxFormatError, type OnnxValue } from './inspect.ts'
