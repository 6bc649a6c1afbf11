import { exportOnnx } from '@equivar/export-onnx'
import { evaluate } from '@equivar/tensor'
import { equivarStep, fastest, randomSignals } from '../../../packages/backend-tfjs/bench/signals.ts'
import { backendDifference, largestDifference, valueAndGradients } from '../../../packages/tensor/test/backend-parity.ts'
import { operatorCases } from '../../../packages/tensor/test/operator-cases.ts'
import type { BackendName } from '../backend-names.ts'
import { inference, type TestModel, type TrainingReport, trainSteps } from '../models.ts'
import { type Opened, open } from './backends.ts'

let opened: Opened | undefined

function current(): Opened {
  if (opened === undefined) throw new Error('open a backend first')
  return opened
}

/** What tests call in the page. */
const page = {
  /** Opens the page's backend; one a page. */
  open: async (name: BackendName): Promise<string> => {
    opened = await open(name)
    return opened.backend.name
  },

  /** How far an operator case is from the float64 reference, in its value and in its derivatives, and the tensors it left behind. */
  operator: async (name: string): Promise<{ difference: number; leaked: number }> => {
    const { backend, alive } = current()
    const before = alive()
    const found = operatorCases.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no operator case ${name}`)
    const difference = await backendDifference(backend, valueAndGradients(found))
    return { difference, leaked: alive() - before }
  },

  /** How far the exported file of a model is from the float64 reference. */
  model: async (name: TestModel): Promise<number> => {
    const { program, feeds, values } = inference(name)
    const executable = await current().load(exportOnnx(program, { values }))
    const difference = await largestDifference(await executable.run(feeds), evaluate(program, { ...values, ...feeds }))
    await executable.dispose()
    return difference
  },

  /** Training steps, and the tensors that they left behind. */
  train: async (name: TestModel, steps: number): Promise<TrainingReport & { leaked: number }> => {
    const { backend, alive } = current()
    const before = alive()
    const report = await trainSteps(backend, name, steps)
    return { ...report, leaked: alive() - before }
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
