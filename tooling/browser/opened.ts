import type { Backend, Executable } from '@equivar/tensor'

/** A backend, and how it runs a file. */
export interface Opened {
  readonly backend: Backend
  /** Tensors that are alive, where the backend counts them. */
  alive(): number
  load(file: Uint8Array): Promise<Executable>
}
