import type { Tensor } from '@equivar/tensor'
import { type ChannelAxes, fromBlocks, toBlocks } from './blocked-layout.ts'

/** A tensor in blocks of channels, and which axes these channels are of the tensor that it stands for. */
interface BlockedForm {
  readonly tensor: Tensor
  readonly axes: ChannelAxes
}

const keyOf = ({ from, to }: ChannelAxes): string => `${from} to ${to}`

/**
 * What the tensors of a Program became: each in the plain order, in blocks, or both. A form that is asked for and not there is made of the other one, once:
 * so a reorder that the next one would undo is never written.
 */
export class BlockedForms {
  readonly block: number
  readonly #plain: Map<Tensor, Tensor> = new Map()
  readonly #made: Map<Tensor, BlockedForm> = new Map()
  readonly #reordered: Map<Tensor, Map<string, Tensor>> = new Map()

  readonly #fixed: ReadonlySet<Tensor>

  /** @param fixed - tensors whose values are known when the Program is compiled. */
  constructor(block: number, fixed: ReadonlySet<Tensor>) {
    this.block = block
    this.#fixed = fixed
  }

  /** Whether the value of a tensor is known when the Program is compiled. */
  isFixed(x: Tensor): boolean {
    return this.#fixed.has(x)
  }

  setPlain(x: Tensor, tensor: Tensor): void {
    this.#plain.set(x, tensor)
  }

  setBlocked(x: Tensor, tensor: Tensor, axes: ChannelAxes): void {
    this.#made.set(x, { tensor, axes })
  }

  /** The tensor in the plain order. */
  plain(x: Tensor): Tensor {
    const known = this.#plain.get(x)
    if (known !== undefined) return known
    const made = this.#made.get(x)
    const tensor = made === undefined ? x : fromBlocks(made.tensor, x.shape, made.axes, this.block)
    this.#plain.set(x, tensor)
    return tensor
  }

  /** The tensor in blocks of the channels in those axes. */
  blocked(x: Tensor, axes: ChannelAxes): Tensor {
    const made = this.#made.get(x)
    if (made !== undefined && keyOf(made.axes) === keyOf(axes)) return made.tensor
    const known = this.#reordered.get(x) ?? new Map<string, Tensor>()
    this.#reordered.set(x, known)
    const tensor = known.get(keyOf(axes)) ?? toBlocks(this.plain(x), axes, this.block)
    known.set(keyOf(axes), tensor)
    return tensor
  }
}
