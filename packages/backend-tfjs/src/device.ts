import { FeedError } from '@equivar/tensor'
import type { RequireDevice } from './require-device.ts'
import type { TensorFlow } from './values.ts'

/** How long the browser may take to tell of a loss. */
const FRAMES = 60

/** The GPU is gone: it was reset, its driver was replaced, or the browser took it away. */
export class DeviceLostError extends Error {
  constructor(backend: string, reason: string) {
    super(
      `run: the GPU of tfjs/${backend} was lost (${reason}), and all tensors on it. Open a backend in a new page or worker, and go on from a checkpoint.`,
    )
    this.name = 'DeviceLostError'
  }
}

/** What the backends of TensorFlow.js for GPUs compute with. */
interface GpuBackend {
  readonly gpgpu?: { readonly gl: { isContextLost(): boolean } }
  readonly device?: { readonly lost: Promise<{ readonly message: string }> }
}

/** Watches the GPU of the current backend, if it has one: TensorFlow.js itself gives zeros when it is lost. */
export function watchDevice(tf: TensorFlow): RequireDevice {
  const name = tf.getBackend()
  const { gpgpu, device } = tf.backend() as GpuBackend
  let reason: string | undefined
  void device?.lost.then(({ message }) => {
    reason = message || 'no reason was given'
  })
  const requireDevice = (): void => {
    if (gpgpu?.gl.isContextLost() === true) reason = 'its WebGL context'
    if (reason !== undefined) throw new DeviceLostError(name, reason)
  }
  const explains = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action()
    } catch (error) {
      // What TensorFlow.js says of a lost device is about what it did last; what we say ourselves is about what was fed.
      const inDoubt = (gpgpu !== undefined || device !== undefined) && !(error instanceof FeedError)
      for (let frame = 0; inDoubt && frame < FRAMES; frame++) {
        await tf.nextFrame()
        requireDevice()
      }
      throw error
    }
  }
  return Object.assign(requireDevice, { explains })
}
