import { exportOnnx } from '@equivar/export-onnx'
import { adam, constantRate, initialize } from '@equivar/nn'
import { fit, inferenceProgram, startRun, trainedValues, trainStep } from '@equivar/train'
import { backends } from './backends.ts'
import { inputs, logits, network, objective, pointSets, target } from './network.ts'

/** From the worker to the page. */
export type News =
  | { readonly type: 'epoch'; readonly epoch: number; readonly loss: number; readonly accuracy: number }
  | { readonly type: 'trained'; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string }

const tell = (news: News): void => postMessage(news)

async function train(backend: string): Promise<void> {
  const open = backends[backend]
  if (open === undefined) throw new Error(`train: expected one of ${Object.keys(backends).join(', ')}, received "${backend}".`)
  const step = trainStep(network, { inputs: { ...inputs, target }, objective, optimizer: adam() })
  let last = startRun(step, initialize(network, 1))
  const events = fit({
    step,
    backend: await open(),
    train: pointSets(400, 'train'),
    validation: pointSets(200, 'validation'),
    epochs: 4,
    batchSize: 32,
    schedule: constantRate(1e-2),
    seed: 1,
    state: last,
  })
  for await (const event of events) {
    if (event.type !== 'epoch') continue
    last = event.state
    tell({ type: 'epoch', epoch: event.epoch, loss: event.val.loss, accuracy: event.val.accuracy })
  }
  const program = inferenceProgram(network, { inputs, outputs: () => ({ logits: logits() }) })
  tell({ type: 'trained', file: exportOnnx(program, { values: trainedValues(step, last) }) as Uint8Array<ArrayBuffer> })
}

addEventListener('message', ({ data }: MessageEvent<string>) => {
  train(data).catch((error: unknown) => tell({ type: 'failed', message: String(error) }))
})
