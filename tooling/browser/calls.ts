import { exportOnnx } from '@equivar/export-onnx'
import { evaluate } from '@equivar/tensor'
import { backendDifference, largestDifference, valueAndGradients } from '../../packages/tensor/test/backend-parity.ts'
import { operatorCases } from '../../packages/tensor/test/operator-cases.ts'
import { type InferenceOptions, inference, type TestModel, type TrainingReport, trainSteps } from './models.ts'
import type { Opened } from './opened.ts'

/** What tests call where a backend is: in a page, or in a process of its own. */
export interface Calls<Name> {
  /** Opens the backend; one a page or process. */
  open(name: Name): Promise<string>
  /** How far an operator case is from the float64 reference, in its value and in its derivatives, and the tensors it left behind. */
  operator(name: string): Promise<{ difference: number; leaked: number }>
  /** How far the exported file of a model is from the float64 reference. */
  model(name: TestModel, options?: InferenceOptions): Promise<number>
  /** Training steps, and the tensors that they left behind. */
  train(name: TestModel, steps: number): Promise<TrainingReport & { leaked: number }>
}

/** The calls, on the backend that `open` opens. */
export function callsOn<Name>(open: (name: Name) => Promise<Opened>): Calls<Name> {
  let opened: Opened | undefined
  const current = (): Opened => {
    if (opened === undefined) throw new Error('open a backend first')
    return opened
  }
  return {
    open: async (name) => {
      opened = await open(name)
      return opened.backend.name
    },
    operator: async (name) => {
      const { backend, alive } = current()
      const before = alive()
      const found = operatorCases.find((one) => one.name === name)
      if (found === undefined) throw new Error(`no operator case ${name}`)
      const difference = await backendDifference(backend, valueAndGradients(found))
      return { difference, leaked: alive() - before }
    },
    model: async (name, options) => {
      const { program, feeds, values } = inference(name, options)
      const executable = await current().load(exportOnnx(program, { values }))
      const difference = await largestDifference(await executable.run(feeds), evaluate(program, { ...values, ...feeds }))
      await executable.dispose()
      return difference
    },
    train: async (name, steps) => {
      const { backend, alive } = current()
      const before = alive()
      const report = await trainSteps(backend, name, steps)
      return { ...report, leaked: alive() - before }
    },
  }
}
