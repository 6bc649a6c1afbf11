import { fillMissing, LOWEST, Mlp, Module } from '@equivar/nn'
import { squeeze, type Tensor } from '@equivar/tensor'
import { DeepSetsBlock, type DeepSetsBlockOptions } from './deep-sets-block.ts'
import { type Aggregation, demandFromLast, poolElements, poolSet } from './pooling.ts'

/** Options of an InvariantHead. */
export interface InvariantHeadOptions {
  /** Channels of the input, of the hidden layers and of the output. */
  readonly channels: readonly number[]
  /** Axes of the positions of an element, counted from the last; default: none, for elements that are vectors. */
  readonly axes?: readonly number[]
  /** Pooling over positions; default mean. */
  readonly elementPool?: Aggregation
  /** Pooling over the set; default mean. */
  readonly setPool?: Aggregation
}

/** One output per set: pools positions, pools elements, applies an MLP. Law: f(P g x) = f(x), also for a separate g_i for each element. */
export class InvariantHead extends Module {
  readonly mlp: Mlp
  readonly #options: InvariantHeadOptions

  constructor(options: InvariantHeadOptions) {
    super()
    demandFromLast('InvariantHead', options.axes ?? [])
    this.mlp = new Mlp({ channels: options.channels })
    this.#options = options
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, last channels]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const { axes = [], elementPool = 'mean', setPool = 'mean' } = this.#options
    return this.mlp.forward(poolSet(poolElements(fillMissing(x, mask), elementPool, axes), setPool, mask))
  }
}

/** One output per element: pools positions, applies deep sets. Law: f(P g x) = P f(x). */
export class EquivariantHead extends Module {
  readonly sets: DeepSetsBlock
  readonly #axes: readonly number[]
  readonly #pool: Aggregation

  /** @param options - those of DeepSetsBlock, and `axes` and `elementPool` as in InvariantHead. */
  constructor({ axes = [], elementPool = 'mean', ...block }: DeepSetsBlockOptions & Pick<InvariantHeadOptions, 'axes' | 'elementPool'>) {
    super()
    this.sets = new DeepSetsBlock(block)
    this.#axes = demandFromLast('EquivariantHead', axes)
    this.#pool = elementPool
  }

  /** @param x - float32 [batch, set, ...element]. @returns float32 [batch, set, last channels]. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return this.sets.forward(poolElements(fillMissing(x, mask), this.#pool, this.#axes), mask)
  }
}

/** One number per element as the logits of a choice. @param y - float32 [batch, set, 1]. @returns float32 [batch, set]; `LOWEST` where no element exists. */
export function selectionScores(y: Tensor, mask?: Tensor): Tensor {
  return fillMissing(squeeze(y, -1), mask, LOWEST)
}
