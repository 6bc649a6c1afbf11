export * from './dss.ts'
