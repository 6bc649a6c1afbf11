import { equivarStep, fastest, randomSignals } from '../../../packages/backend-tfjs/bench/signals.ts'
import type { PageBackend } from '../backend-names.ts'
import { callsOn } from '../calls.ts'
import { type TestModel, trainSteps } from '../models.ts'
import { open } from './backends.ts'

/** What is held after some steps of training. */
export interface Held {
  readonly step: number
  readonly tensors: number
  /** Bytes of the JavaScript heap after its garbage was collected. */
  readonly heap: number
}

/** What Chromium offers where it was started to measure memory. */
interface Measuring {
  gc(): void
  readonly performance: { readonly memory: { readonly usedJSHeapSize: number } }
}

/** What tests call in the page. */
const page = {
  ...callsOn(open),

  /** Trains on a backend, and looks at the memory every so many steps. */
  watchMemory: async (name: PageBackend, model: TestModel, steps: number, every: number): Promise<Held[]> => {
    const { backend, alive } = await open(name)
    const { gc, performance } = globalThis as unknown as Measuring
    const held: Held[] = []
    await trainSteps(backend, model, steps, (step) => {
      if (step % every !== 0) return
      gc()
      held.push({ step, tensors: alive(), heap: performance.memory.usedJSHeapSize })
    })
    return held
  },

  /** Milliseconds of a step of the signals model, Equivar's and the one written by hand; null where that cannot train. */
  compare: async (shape: readonly [number, number, number]): Promise<{ equivar: number; byHand: number | null }> => {
    const tf = await import('@tensorflow/tfjs-core')
    const { handWrittenStep } = await import('../../../packages/backend-tfjs/bench/hand-written.ts')
    const equivar = await fastest(await equivarStep(tf, shape), 3)
    try {
      return { equivar, byHand: await fastest(handWrittenStep(tf, { ...randomSignals(shape), shape }), 1) }
    } catch {
      return { equivar, byHand: null }
    }
  },
}

/** What `main.ts` offers to tests. */
export type TestPage = typeof page

Object.assign(globalThis, { equivar: page })
