import { hasLongSums, type SumsInPieces, writeOnnx } from '@equivar/export-onnx'
import type { Binding, Program, TensorValue } from '@equivar/tensor'
import { type OnnxOptions, openSession, type Runtime, type RuntimeSession } from './runtime.ts'

/** The sessions of a compiled Program. */
export interface Sessions {
  /** The session that computes rightly for these sizes. */
  forSizes(sizes: Binding): Promise<RuntimeSession>
  release(): Promise<void>
}

/**
 * Opens what runs a Program: a session whose sums by index are in pieces, so that it may have threads, and where sizes make a sum longer than its pieces may be,
 * one of a single thread. The second is opened when such sizes first come.
 *
 * @param prepared - optimized for the device.
 */
export async function openSessions(
  prepared: Program,
  values: Readonly<Record<string, TensorValue>>,
  runtime: Runtime,
  options: OnnxOptions,
): Promise<Sessions> {
  const { device = 'cpu', threads = 0 } = options
  const open = (sums: SumsInPieces): Promise<RuntimeSession> => {
    const { bytes, nodes } = writeOnnx(prepared, { values, optimized: true, sums })
    return openSession(runtime, bytes, nodes, options)
  }
  const mayShare = device === 'cpu' && threads !== 1
  const session = await open(mayShare ? 'all' : 'none')
  const isLong = mayShare ? hasLongSums(prepared.nodes) : (): boolean => false
  let single: Promise<RuntimeSession> | undefined
  return {
    forSizes: async (sizes) => {
      if (!isLong(sizes)) return session
      single ??= open('none')
      return single
    },
    release: async () => {
      await session.release()
      await single?.then(
        (opened) => opened.release(),
        () => {},
      )
    },
  }
}
