import { add, concat, type Dimension, printShape, reshape, ShapeError, slice, swapAxes, type Tensor, zeros } from '@equivar/tensor'
import { type Irreps, type IrrepsLike, irreps } from './irreps/irreps.ts'

/**
 * Features that say how they turn: a tensor for each summand of a representation, float32 [..., 2l + 1, multiplicity]. The leading axes are those of the points
 * or edges, the same in all blocks.
 *
 * Channels are last, so that a linear map is a plain matrix product. `features` reads a flat tensor [..., dimension] in the order of e3nn, `flat` writes it.
 */
export class Features {
  readonly irreps: Irreps
  readonly blocks: readonly Tensor[]

  /** @throws ShapeError if there is not one block for each summand, or one has another shape. */
  constructor(representation: IrrepsLike, blocks: readonly Tensor[]) {
    this.irreps = irreps(representation)
    this.blocks = blocks
    const { summands } = this.irreps
    if (blocks.length !== summands.length)
      throw new ShapeError('Features', `${summands.length} blocks for ${this.irreps}`, `${blocks.length}`)
    summands.forEach(({ multiplicity, irrep }, i) => {
      const { shape } = blocks[i] as Tensor
      if (shape.length < 2 || shape.at(-2) !== irrep.dimension || shape.at(-1) !== multiplicity)
        throw new ShapeError('Features', `[..., ${irrep.dimension}, ${multiplicity}] for ${multiplicity}x${irrep}`, printShape(shape))
    })
  }

  /** The leading axes. */
  get leading(): readonly Dimension[] {
    return (this.blocks[0]?.shape ?? []).slice(0, -2)
  }

  /** The flat tensor, float32 [..., dimension]: the copies of a summand follow each other, each with its components. */
  flat(): Tensor {
    const parts = this.blocks.map((block, i) => {
      const { multiplicity, irrep } = this.irreps.summands[i] as Irreps['summands'][number]
      const ordered = irrep.l === 0 || multiplicity === 1 ? block : swapAxes(block, -1, -2)
      return reshape(ordered, [...this.leading, multiplicity * irrep.dimension])
    })
    if (parts.length === 1) return parts[0] as Tensor
    return parts.length === 0 ? zeros([0]) : concat(parts, -1)
  }

  /** The same representation with each block changed, which keeps its last two axes. */
  map(change: (block: Tensor, index: number) => Tensor): Features {
    return new Features(this.irreps, this.blocks.map(change))
  }

  /** The sum with features of the same representation, however their copies are put into summands. @throws ShapeError if they are of another. */
  add(other: Features): Features {
    const same = other.cut(this.irreps)
    return this.map((block, i) => add(block, same.blocks[i] as Tensor))
  }

  /** The direct sum with others on the same points: all blocks, one after the other. */
  plus(...others: readonly Features[]): Features {
    const all = [this, ...others]
    return new Features(
      this.irreps.plus(...others.map((each) => each.irreps)),
      all.flatMap(({ blocks }) => blocks),
    )
  }

  /** The same flat tensor with its copies in other summands, such as 4x1o as 1x1o + 3x1o. @throws ShapeError if the copies are not the same. */
  cut(representation: Irreps): Features {
    if (representation.equals(this.irreps)) return this
    if (!representation.simplified().equals(this.irreps.simplified()))
      throw new ShapeError('Features.cut', `the copies of ${this.irreps}`, `${representation}`)
    const queue = this.blocks.filter((_, i) => this.irreps.summands[i]?.multiplicity !== 0)
    const take = (count: number): Tensor => {
      const parts: Tensor[] = []
      for (let missing = count; missing > 0; ) {
        const block = queue.shift() as Tensor
        const size = block.shape.at(-1) as number
        const end = Math.min(size, missing)
        parts.push(end === size ? block : slice(block, { axis: -1, start: 0, end }))
        if (end < size) queue.unshift(slice(block, { axis: -1, start: end, end: size }))
        missing -= end
      }
      return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, -1)
    }
    const blocks = representation.summands.map(({ multiplicity, irrep }) =>
      multiplicity === 0 ? zeros([...this.leading, irrep.dimension, 0]) : take(multiplicity),
    )
    return new Features(representation, blocks)
  }

  /** @throws ShapeError if the features are not of that representation. */
  demand(where: string, representation: Irreps): void {
    if (!this.irreps.equals(representation)) throw new ShapeError(where, `features of ${representation}`, `features of ${this.irreps}`)
  }
}

/**
 * Features from a flat tensor.
 *
 * @param x - float32 [..., dimension].
 * @param representation - what its last axis is made of.
 * @throws ShapeError if the last axis has another size.
 */
export function features(x: Tensor, representation: IrrepsLike): Features {
  const given = irreps(representation)
  if (x.rank < 1 || x.shape.at(-1) !== given.dimension)
    throw new ShapeError('features', `[..., ${given.dimension}] for ${given}`, printShape(x.shape))
  const leading = x.shape.slice(0, -1)
  const offsets = given.offsets()
  const blocks = given.summands.map(({ multiplicity, irrep }, i) => {
    const size = multiplicity * irrep.dimension
    const start = offsets[i] as number
    const part = size === given.dimension ? x : slice(x, { axis: -1, start, end: start + size })
    if (irrep.l === 0 || multiplicity === 1) return reshape(part, [...leading, irrep.dimension, multiplicity])
    return swapAxes(reshape(part, [...leading, multiplicity, irrep.dimension]), -1, -2)
  })
  return new Features(given, blocks)
}

/** Scalars `0e` from a tensor of channels. @param x - float32 [..., channels]. */
export function scalars(x: Tensor): Features {
  const channels = x.shape.at(-1)
  if (typeof channels !== 'number') throw new ShapeError('scalars', 'a number as the size of the last axis', printShape(x.shape))
  return features(x, `${channels}x0e`)
}
