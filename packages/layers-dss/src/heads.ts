import { fillMissing, LOWEST, Mlp, Module } from '@equivar/nn'
import { squeeze, type Tensor } from '@equivar/tensor'
import { DeepSetsBlock, type DeepSetsBlockOptions } from './deep-sets-block.ts'
import { type Aggregation, demandFromLast, poolElements, poolSet } from './pooling.ts'

/** Settings of an InvariantHead. */
export interface InvariantHeadOptions {
  /** Of what is read, of hidden layers, and of the output. */
  readonly channels: readonly number[]
  /** Axes of the positions of an element, counted from the last; none if left out: elements are vectors. */
  readonly axes?: readonly number[]
  /** Over positions; mean if left out. */
  readonly elementPool?: Aggregation
  /** Over the set; mean if left out. */
  readonly setPool?: Aggregation
}

/** One answer for a set: pools positions, pools elements, MLP. Law: f(P g x) = f(x), and with independent g_i likewise. */
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

/** One answer for every element: pools positions, deep sets. Law: f(P g x) = P f(x). */
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

/** One number for every element, as logits of which is chosen. @param y - float32 [batch, set, 1]. @returns float32 [batch, set]; `LOWEST` where no element exists. */
export function selectionScores(y: Tensor, mask?: Tensor): Tensor {
  return fillMissing(squeeze(y, -1), mask, LOWEST)
}
