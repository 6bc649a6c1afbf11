import type { Tensor } from '../expression/tensor.ts'
import { pad } from '../operators/padding.ts'
import type { WindowAttributes } from '../operators/signatures.ts'

/** A signal [batch, channels, ...spatial] with the zeros around it that the window's pads stand for. */
export function paddedSignal(x: Tensor, { kernel, pads }: WindowAttributes): Tensor {
  return pad(x, [0, 0, ...pads.slice(0, kernel.length), 0, 0, ...pads.slice(kernel.length)])
}
