import { type Tensor, TypeMismatchError } from '@equivar/tensor'
import type { Parameter } from './module.ts'

interface Mode {
  readonly training: boolean
  readonly seed: Tensor | undefined
  readonly updates: Map<Parameter, Tensor>
  streams: number
}

let current: Mode | undefined

/**
 * Builds an expression for training or for inference.
 *
 * While `build` runs with training, normalizations use batch statistics and dropout is active. Outside of `trace`, expressions are built for inference.
 *
 * @param options - `seed`: an int64 scalar, the seed of dropout; required if the model has dropout.
 * @returns the result of `build`, and the next value of each buffer.
 */
export function trace<T>(
  { training, seed }: { training: boolean; seed?: Tensor },
  build: () => T,
): { result: T; updates: Map<Parameter, Tensor> } {
  const outer = current
  const mode: Mode = { training, seed, updates: new Map(), streams: 0 }
  current = mode
  try {
    return { result: build(), updates: mode.updates }
  } finally {
    current = outer
  }
}

/** Whether expressions are being built for training. */
export function isTraining(): boolean {
  return current?.training ?? false
}

/** Records the next value of a buffer for the current trace. */
export function updateBuffer(target: Parameter, value: Tensor): void {
  current?.updates.set(target, value)
}

/** The random seed of the current trace, and a stream number that is unique within it. */
export function randomSource(where: string): { seed: Tensor; stream: number } {
  if (current?.seed === undefined) {
    throw new TypeMismatchError(where, 'a seed, an int64 scalar', 'none', 'Pass it to trace({ training: true, seed }, ...).')
  }
  return { seed: current.seed, stream: current.streams++ }
}
