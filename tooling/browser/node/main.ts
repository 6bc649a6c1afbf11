import { type LoadedOnnx, loadOnnx, onnxBackend } from '@equivar/backend-onnx'
import type { NodeBackend } from '../backend-names.ts'
import { callsOn } from '../calls.ts'
import type { Opened } from '../opened.ts'

/** One call, and where its answer belongs. */
export interface Question {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** What a call gave, or what it threw. */
export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

const open = async (name: NodeBackend): Promise<Opened> => {
  const options = { device: name === 'onnxruntime-node cpu' ? 'cpu' : 'webgpu', threads: 1 } as const
  return { backend: onnxBackend(options), alive: () => 0, load: (file): Promise<LoadedOnnx> => loadOnnx(file, options) }
}

const calls = callsOn(open)

process.on('message', async ({ id, method, args }: Question) => {
  const answer = (given: Answer): void => void process.send?.(given)
  try {
    answer({ id, value: await Reflect.get(calls, method)(...args) })
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
