import { type Dimension, printShape, sameDimension } from '../../expression/dimension.ts'
import { DimensionError } from '../../expression/errors.ts'
import { Input, type Node, type Tensor } from '../../expression/tensor.ts'
import { symbolicDimensionsOf } from '../../expression/traverse.ts'
import { isNode } from '../../operators/signatures.ts'
import type { Program } from '../../program/program.ts'
import { type OfBatch, ofBatch } from '../micro-batches/batch-rules.ts'
import type { DividedSizes } from './divided-sizes.ts'
import { ofOwnRows } from './own-rows.ts'
import { reshapedRows } from './reshaped-rows.ts'

/** What is known of a tensor. */
interface Placed {
  /** `none`: the same on all ranks. A number: the axis with the rank's own rows. `sum`: added over the ranks, it is what one rank would have. */
  readonly along: OfBatch
  /** How often the rank's rows begin anew along that axis; 1 as a rule. */
  readonly often: Dimension
  /** How many times sums over the ranks come before it. */
  readonly stage: number
  /** Whether every stage can make it by itself: of constants and sizes alone. */
  readonly isFree: boolean
  /** Whether it counts rows, as their places over all ranks: the rank's own places are others. */
  readonly isPlace: boolean
}

const OPERATORS_OF_SUMS = new Set(['Add', 'Sub'])

/** Where every tensor of a Program is, if each rank has its part of the examples. */
export class Placement {
  readonly #placed = new Map<Tensor, Placed>()
  readonly #sizes: DividedSizes

  /** @throws DimensionError that names a node which needs examples of several ranks at once, other than their sum. */
  constructor({ inputs, nodes, outputs }: Program, sizes: DividedSizes) {
    this.#sizes = sizes
    for (const { tensor } of inputs) this.#placed.set(tensor, this.#input(tensor))
    for (const node of nodes) {
      const placed = this.#found(node)
      for (const y of node.outputs) this.#placed.set(y, placed)
    }
    for (const { name, tensor } of outputs)
      if (typeof this.of(tensor).along === 'number')
        throw new DimensionError(
          `overRanks: expected outputs that are sums or means over the examples, received "${name}" ${printShape(tensor.shape)}, which has rows of each.`,
        )
  }

  of(x: Tensor): Placed {
    return this.#placed.get(x) ?? { along: 'none', often: 1, stage: 0, isFree: true, isPlace: false }
  }

  isSum(x: Tensor): boolean {
    return this.of(x).along === 'sum'
  }

  /** The stage in which it can be read. */
  readableFrom(x: Tensor): number {
    const { along, stage } = this.of(x)
    return along === 'sum' ? stage + 1 : stage
  }

  #input({ shape, binds }: Input): Placed {
    const axis = shape.findIndex((d) => this.#sizes.holds(d))
    // What tells a size is another number on every rank: nothing may read it.
    const along: OfBatch = axis >= 0 ? axis : 'none'
    return { along, often: 1, stage: 0, isFree: false, isPlace: binds !== undefined && this.#sizes.symbols.has(binds) }
  }

  #found(node: Node): Placed {
    const placed = node.inputs.map((x) => this.of(x))
    const told = node.inputs.find((x) => x.node.output instanceof Input && this.of(x).isPlace)
    if (told !== undefined)
      throw this.#refusal(node, `"${(told as Input).name}", which is another number on every rank; sizeOf gives the one over all`)
    const isFree = placed.every((one) => one.isFree) && node.operator.name !== 'Input'
    if (node.inputs.length > 0 && OPERATORS_OF_SUMS.has(node.operator.name) && placed.every(({ along }) => along === 'sum'))
      return { along: 'sum', often: 1, stage: Math.max(...placed.map(({ stage }) => stage)), isFree: false, isPlace: false }
    const stage = Math.max(0, ...node.inputs.map((x) => this.readableFrom(x)))
    const { along, often } = this.#rowsOf(
      node,
      placed.map((one) => (one.along === 'sum' ? { ...one, along: 'none' as const } : one)),
    )
    if (along === undefined || !node.outputs.every((y) => this.#hasShape(y, along))) throw this.#refusal(node, 'one that does')
    return { along, often, stage, isFree, isPlace: (isNode(node, 'Range') && along !== 'none') || placed.some(({ isPlace }) => isPlace) }
  }

  #refusal({ operator, inputs, output }: Node, received: string): DimensionError {
    const shapes = inputs.map(({ shape }) => printShape(shape)).join(', ')
    return new DimensionError(
      `overRanks: expected operations that look at each example alone, or add over the examples, received ${received}: ${operator.name} of ${shapes || 'nothing'} to ${printShape(output.shape)}. Examples of several ranks meet only in sums; train this model in one process.`,
    )
  }

  #rowsOf(node: Node, placed: readonly Pick<Placed, 'along' | 'often'>[]): { along: OfBatch | undefined; often: Dimension } {
    const along = placed.map((one) => one.along)
    const rows = placed.filter((one) => typeof one.along === 'number')
    const often = rows[0]?.often ?? 1
    if (!rows.every((one) => sameDimension(one.often, often))) return { along: undefined, often }
    if (isNode(node, 'Reshape') && typeof along[0] === 'number') {
      const found = reshapedRows(node, { axis: along[0], times: often }, (d) => this.#sizes.holds(d))
      return { along: found?.axis, often: found?.times ?? 1 }
    }
    // Places among a rank's own rows are those of rows that lie one after another.
    return { along: this.#alongOf(node, along, sameDimension(often, 1)), often }
  }

  #alongOf(node: Node, along: readonly OfBatch[], isOneAfterAnother: boolean): OfBatch | undefined {
    const holds = (d: Dimension): boolean => this.#sizes.holds(d)
    if (along.some((one) => one !== 'none')) return ofBatch(node, along, holds) ?? (isOneAfterAnother ? ofOwnRows(node, along) : undefined)
    if (isNode(node, 'Dimension')) return 'none'
    if (!symbolicDimensionsOf(node).some(holds)) return 'none'
    if (!isNode(node, 'Expand') && !isNode(node, 'Range')) return undefined
    const axis = node.output.shape.findIndex(holds)
    return axis < 0 ? undefined : axis
  }

  #hasShape({ shape }: Tensor, along: OfBatch): boolean {
    return shape.every((d, i) => (i === along ? this.#sizes.isAdditive(d) : !this.#sizes.holds(d)))
  }
}
