import type { Module } from '@equivar/nn'
import type { Input, Tensor, TensorValue } from '@equivar/tensor'

/** A model with inputs of a fixed kind, to be timed. The same models in PyTorch are in `bench/peers`. */
export interface Workload {
  readonly name: string
  readonly description: string
  /** Examples in a batch. */
  readonly batch: number
  /** Examples in the smallest input. */
  readonly single: number
  /** Outputs, by name, and the number of classes of each: the loss is the sum of their cross-entropies, and of the errors of `numbers`. */
  readonly classes: Readonly<Record<string, number>>
  /** Outputs, by name, and how many numbers a row has: float32 [examples, ...] whose loss is the mean squared difference from fixed numbers. */
  readonly numbers?: Readonly<Record<string, number>>
  /** How many rows these outputs have in a batch; default one for each example. */
  rows?(batch: number): number
  make(): {
    readonly module: Module
    readonly inputs: Readonly<Record<string, Input>>
    /** The dimension that examples are counted by. */
    readonly examples: 'batch' | 'graphs' | 'nodes'
    outputs(): Readonly<Record<string, Tensor>>
  }
  /** A batch of that many random examples. */
  feeds(batch: number): Record<string, TensorValue>
}

/** A workload of any size. */
export interface Family<Sizes extends Readonly<Record<string, number>>> {
  readonly name: string
  /** What the sizes are if nothing else is said. */
  readonly sizes: Sizes
  workload(sizes: Sizes): Omit<Workload, 'name'>
}

/** A family whose sizes are checked by name. */
export const family = <Sizes extends Readonly<Record<string, number>>>(given: Family<Sizes>): Family<Readonly<Record<string, number>>> =>
  given as unknown as Family<Readonly<Record<string, number>>>
