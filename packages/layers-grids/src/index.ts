export * from './convolution.ts'
