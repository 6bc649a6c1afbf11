import { exportOnnx } from '@equivar/export-onnx'
import { type DeviceTensor, evaluate, type TensorValue, tensorValue } from '@equivar/tensor'
import { initialState } from '@equivar/train'
import { backendDifference, largestDifference, valueAndGradients } from '../../../packages/tensor/test/backend-parity.ts'
import { operatorCases } from '../../../packages/tensor/test/operator-cases.ts'
import type { BackendName } from '../backend-names.ts'
import { inference, type TestModel, training } from '../models.ts'
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

  /** The losses of a number of training steps, the milliseconds a step took, and the tensors that were left behind. */
  train: async (name: TestModel, steps: number): Promise<{ losses: number[]; milliseconds: number; leaked: number }> => {
    const { backend, alive } = current()
    const before = alive()
    const { step, values, batch } = training(name)
    const executable = await backend.compile(step.program)
    const settings = { learning_rate: tensorValue('float32', [], [0.01]), seed: tensorValue('int64', [], [1]) }
    let state: Record<string, TensorValue | DeviceTensor> = initialState(step, values)
    const release = (): void => {
      for (const value of Object.values(state)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
    }
    const losses: number[] = []
    let started = performance.now()
    for (let i = 0; i < steps; i++) {
      if (i === 1) started = performance.now()
      const outputs = await executable.run({ ...batch, ...settings, ...state })
      losses.push(Number((await outputs.loss?.data())?.[0]))
      outputs.loss?.dispose()
      release()
      state = Object.fromEntries(step.state.map(({ input, output }) => [input, outputs[output] as DeviceTensor]))
    }
    const milliseconds = (performance.now() - started) / Math.max(1, steps - 1)
    release()
    await executable.dispose()
    return { losses, milliseconds, leaked: alive() - before }
  },
}

/** What `main.ts` offers to tests. */
export type TestPage = typeof page

Object.assign(globalThis, { equivar: page })
// DEBUG-BEGIN
Object.assign(globalThis, {
  trace: async (kind: string, name: string) => {
    const {
      program: p,
      feeds,
      values = {},
    } = kind === 'model' ? inference(name as never) : { ...valueAndGradients(operatorCases.find((o) => o.name === name)!), values: {} }
    const { program } = await import('@equivar/tensor')
    const nodes = p.nodes.filter((n) => !['Input', 'Constant'].includes(n.operator.name))
    const outs = Object.fromEntries(
      nodes.flatMap((n, k) =>
        n.outputs.map((o, i) => [
          `${k} ${n.operator.name} ${i} ${o.dtype} [${o.shape}] <- ${n.inputs.map((x) => `${x.dtype}[${x.shape}]`)} ${JSON.stringify(n.attributes, (_, v) => (typeof v === 'bigint' ? String(v) : v))?.slice(0, 200)}`,
          o,
        ]),
      ),
    )
    const q = program({ inputs: Object.fromEntries(p.inputs.map((i) => [i.name, i.tensor])), outputs: outs })
    const all = { ...values, ...feeds }
    const ref = evaluate(q, all)
    const ex = await current().backend.compile(q)
    const got = await ex.run(all)
    const report: string[] = []
    for (const name of Object.keys(outs)) {
      try {
        const d = await largestDifference({ [name]: got[name]! }, { [name]: ref[name]! })
        if (d > 1e-4)
          report.push(
            `${d} ${name} ref ${Array.from(ref[name]!.data)
              .slice(0, 12)
              .map((v) => Number(v).toFixed(3))} got ${Array.from((await ex.run(all).then((r) => r[name]!.data())) as Float32Array)
              .slice(0, 12)
              .map((v) => v.toFixed(3))}`,
          )
      } catch (e) {
        report.push(`${name} ${String(e)}`)
      }
    }
    return report.slice(0, 12)
  },
})
// DEBUG-END
