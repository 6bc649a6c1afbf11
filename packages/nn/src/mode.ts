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
 * Builds expressions for training or for inference.
 *
 * While `build` runs with training, normalizations use the batch's statistics and dropout drops. Outside, inference is meant.
 *
 * @param options - `seed`: int64 scalar from which dropout draws; needed if the model has any.
 * @returns what `build` returned, and for each buffer its next value.
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

/** Records the next value of a buffer. */
export function updateBuffer(target: Parameter, value: Tensor): void {
  current?.updates.set(target, value)
}

/** The seed to draw from, and a number that no other use of it has. */
export function randomSource(where: string): { seed: Tensor; stream: number } {
  if (current?.seed === undefined) {
    throw new TypeMismatchError(where, 'a seed, an int64 scalar', 'none', 'Give trace({ training: true, seed }, ...) one.')
  }
  return { seed: current.seed, stream: current.streams++ }
}
