import { type Schedule, stepDecay } from '@equivar/nn'
import type { Recipe } from './task.ts'

/**
 * The learning rate of each epoch, counted from 0.
 *
 * @param settings - the rate and the epochs of the run; the recipe has the task's epochs and the decay of the rate.
 */
export function scheduleOf(
  { decay, epochs: usual }: Recipe,
  { learningRate, epochs }: { readonly learningRate: number; readonly epochs: number },
): Schedule {
  if (decay === undefined) return () => learningRate
  const every = decay.stretches === true ? Math.max(1, Math.round((decay.every * epochs) / usual)) : decay.every
  return stepDecay({ rate: learningRate, every, factor: decay.factor, minimum: decay.minimum })
}
