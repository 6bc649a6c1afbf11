import type { TensorFlow } from './values.ts'

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

/** Throws once the GPU is lost. */
export interface RequireDevice {
  (): void
  /** Gives the browser some frames' time to tell of a loss. */
  settled(): Promise<void>
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
  const settled = async (): Promise<void> => {
    if (gpgpu !== undefined || device !== undefined) for (let frame = 0; frame < 12; frame++) await tf.nextFrame()
  }
  return Object.assign(requireDevice, { settled })
}
