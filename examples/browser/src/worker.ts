import { exportOnnx } from '@equivar/export-onnx'
import { accuracy, adam, cosineDecay, countParameters, crossEntropy, initialize } from '@equivar/nn'
import { type Executable, Random, type TensorValue } from '@equivar/tensor'
import { fit, inferenceProgram, type RunState, startRun, trainedValues, trainStep } from '@equivar/train'
import { explain, openBackend } from './backends.ts'
import { answer, judge } from './judge.ts'
import type { News, Order } from './messages.ts'
import type { Batch, Task } from './task.ts'
import { tasks } from './tasks.ts'

const tell = (news: News): void => postMessage(news)

/** Largest change of the answer under some symmetries of the input, as a part of the largest answer. */
async function equivarianceError(
  executable: Executable,
  values: Readonly<Record<string, TensorValue>>,
  batch: Batch,
  symmetry: Task['symmetry'],
): Promise<number> {
  const random = new Random({ seed: 7, stream: 'symmetries' })
  const before = await answer(executable, values, batch)
  const scale = before.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-12)
  let worst = 0
  for (let i = 0; i < 3; i++) {
    const after = await answer(executable, values, symmetry(batch, random))
    worst = before.reduce((top, v, k) => Math.max(top, Math.abs(v - after[k]!) / scale), worst)
  }
  return worst
}

async function train({ task: name, backend: chosen, epochs, seed }: Extract<Order, { type: 'train' }>, signal: AbortSignal): Promise<void> {
  const task = tasks[name]
  const { backend, ...device } = await openBackend(chosen)
  const model = task.model()
  const { train: examples, validation } = task.data()
  const objective = () => {
    const logits = model.logits()
    return { loss: crossEntropy(logits, model.target), metrics: { accuracy: accuracy(logits, model.target) } }
  }
  const step = trainStep(model.module, { inputs: { ...model.inputs, target: model.target }, objective, optimizer: adam() })
  const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ logits: model.logits() }) })
  const executable = await backend.compile(program)
  const some = validation.batch(Uint32Array.from({ length: 32 }, (_, i) => i))
  const steps = epochs * Math.ceil(examples.length / task.batchSize)
  tell({ type: 'started', parameters: countParameters(model.module), steps, ...device })
  let judged = { accuracy: 0, equivariance: 0 }
  let last: RunState = startRun(step, initialize(model.module, seed))
  const events = fit({
    step,
    backend,
    train: examples,
    validate: async (values) => {
      const found = await judge(executable, values, validation)
      judged = { accuracy: found.accuracy, equivariance: await equivarianceError(executable, values, some, task.symmetry) }
      return { loss: found.loss }
    },
    epochs,
    batchSize: task.batchSize,
    schedule: cosineDecay({ rate: task.learningRate, steps: epochs }),
    seed,
    state: last,
    signal,
  })
  let listened = performance.now()
  for await (const event of events) {
    // WebAssembly computes without a pause: without one, the order to stop would wait until the end.
    if (performance.now() - listened > 50) {
      await new Promise((resolve) => setTimeout(resolve))
      listened = performance.now()
    }
    if (event.type === 'step') tell({ type: 'step', step: event.done, loss: event.loss })
    else last = event.state
    if (event.type === 'epoch')
      tell({ type: 'epoch', epoch: event.epoch, step: event.step, loss: event.val.loss, seconds: event.seconds, ...judged })
  }
  await executable.dispose()
  tell({ type: 'trained', file: exportOnnx(program, { values: trainedValues(step, last), name: task.title }) as Uint8Array<ArrayBuffer> })
}

let stop = new AbortController()

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (data.type === 'stop') return stop.abort()
  stop = new AbortController()
  train(data, stop.signal).catch((error: unknown) => tell({ type: 'failed', message: explain(error) }))
})
