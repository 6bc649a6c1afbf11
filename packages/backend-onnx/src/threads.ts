import type { OnnxOptions } from './runtime.ts'

/** Threads that were asked for, or that the machine has. */
export async function threadsOf({ threads = 0 }: OnnxOptions): Promise<number> {
  if (threads > 0) return threads
  // A name in a variable is left alone by bundlers for browsers.
  const name = 'node:os'
  const { availableParallelism } = (await import(/* @vite-ignore */ name)) as typeof import('node:os')
  return availableParallelism()
}
