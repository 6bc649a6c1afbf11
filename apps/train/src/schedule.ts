import { type Schedule, stepDecay } from '@equivar/nn'
import type { Recipe } from './task.ts'

/**
 * The learning rate of each epoch; the first is 0.
 *
 * @param settings - what the run has; the recipe says what the task's epochs are and when the rate falls.
 */
export function scheduleOf(
  { decay, epochs: usual }: Recipe,
  { learningRate, epochs }: { readonly learningRate: number; readonly epochs: number },
): Schedule {
  if (decay === undefined) return () => learningRate
  const every = decay.stretches === true ? Math.max(1, Math.round((decay.every * epochs) / usual)) : decay.every
  return stepDecay({ rate: learningRate, every, factor: decay.factor, minimum: decay.minimum })
}
