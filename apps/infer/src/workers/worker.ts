/**
 * A process that holds sessions of ONNX Runtime and runs the requests of the server. If it dies, only its own runs fail.
 */
import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import type { TensorValue } from '@equivar/tensor'
import { messageOf } from '../errors.ts'
import type { FromWorker, ToWorker } from './messages.ts'

const sessions = new Map<number, LoadedOnnx>()
const say = (message: FromWorker): void => {
  process.send?.(message)
}

async function load({ model, bytes, device, threads }: ToWorker & { kind: 'load' }): Promise<void> {
  try {
    sessions.set(model, await loadOnnx(bytes, { device, threads }))
    say({ kind: 'loaded', model })
  } catch (error) {
    say({ kind: 'refused', model, message: messageOf(error) })
  }
}

async function unload({ model }: ToWorker & { kind: 'unload' }): Promise<void> {
  const session = sessions.get(model)
  sessions.delete(model)
  await session?.dispose()
}

async function run({ id, model, feeds, outputs }: ToWorker & { kind: 'run' }): Promise<void> {
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  try {
    const session = sessions.get(model)
    if (session === undefined) throw new Error('the worker has not loaded this model')
    const results = await session.run(feeds)
    const values: Record<string, TensorValue> = {}
    for (const name of outputs) {
      const tensor = results[name]
      if (tensor !== undefined) values[name] = { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() }
    }
    say({ kind: 'result', id, outputs: values, seconds: seconds() })
    for (const tensor of Object.values(results)) tensor.dispose()
  } catch (error) {
    say({ kind: 'failed', id, message: messageOf(error), seconds: seconds() })
  }
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'run') void run(message)
  else if (message.kind === 'load') void load(message)
  else void unload(message)
})
// The server ends its workers. A signal to the process group must not end them while the server still answers requests.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit(0))
