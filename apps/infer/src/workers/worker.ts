/**
 * A process that holds sessions of ONNX Runtime and runs the requests of the server. If it dies, only its own runs fail.
 */
import { Socket } from 'node:net'
import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import type { TensorValue } from '@equivar/tensor'
import { messageOf } from '../errors.ts'
import { ByteChannel } from './byte-channel.ts'
import { announcedTensors, receivedBytes, receivedTensors, sendLong } from './long-arrays.ts'
import { BYTES_FD, type FromWorker, type ToWorker } from './messages.ts'

const channel = new ByteChannel(new Socket({ fd: BYTES_FD, readable: true, writable: true }))
const sessions = new Map<number, LoadedOnnx>()
const say = (message: FromWorker): void => {
  process.send?.(message)
}

async function load({ model, bytes, device, threads }: ToWorker & { kind: 'load' }): Promise<void> {
  try {
    sessions.set(model, await loadOnnx(await receivedBytes(channel, bytes), { device, threads }))
    say({ kind: 'loaded', model })
  } catch (error) {
    say({ kind: 'refused', model, message: messageOf(error) })
  }
}

async function unload({ model }: ToWorker & { kind: 'unload' }): Promise<void> {
  const session = sessions.get(model)
  sessions.delete(model)
  // Nobody waits for it, and a session that cannot be freed disturbs no run.
  await session?.dispose().catch(() => {})
}

async function run({ id, model, feeds, outputs }: ToWorker & { kind: 'run' }): Promise<void> {
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  try {
    const inputs = await receivedTensors(channel, feeds)
    const session = sessions.get(model)
    if (session === undefined) throw new Error('the worker has not loaded this model')
    const results = await session.run(inputs)
    const values: Record<string, TensorValue> = {}
    for (const name of outputs) {
      const tensor = results[name]
      if (tensor !== undefined) values[name] = { dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() }
    }
    say({ kind: 'result', id, outputs: announcedTensors(values), seconds: seconds() })
    sendLong(
      channel,
      Object.values(values).map(({ data }) => data),
    )
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
