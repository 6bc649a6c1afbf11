import type { Dataset } from '@equivar/datasets'
import type { Module } from '@equivar/nn'
import type { Input, Tensor } from '@equivar/tensor'
import type { Symmetry } from '@equivar/verify'
import type { Facts, Settings } from '../model.ts'
import type { ExampleKind } from '../own-data/example.ts'
import type { FoldData, Recipe } from '../task.ts'

/** A number, or nested arrays of numbers. */
type Numbers = number | readonly Numbers[]

/** An example: the inputs of a model without the batch axis, and what is to be predicted, as in a line of newline-delimited JSON. */
export interface TaskExample {
  readonly x: Numbers
}

/** Data sets that make their own batches. A batch holds the arrays of `inputs` by name, and `target`. */
export interface TaskDatasets {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
  /** Names of the classes, for classes. */
  readonly classes?: readonly string[]
  /** `channels` and `outputs`, and what else `inputs` and `model` have to know. */
  readonly facts: Facts
  /** The folds of a cross-validation. */
  readonly folds?: readonly FoldData[]
}

/** What is predicted: the key of an example that holds it. */
export type TaskGoal = 'label' | 'y' | 'labels' | 'ys' | 'chosen'

/** Examples with that key. */
export type ExamplesWith<Goal extends TaskGoal> = readonly (TaskExample & Readonly<Record<Goal, unknown>>)[]

type ExampleOf<Data> = Data extends readonly (infer Example)[] ? Example : never

type Rank<Value> = Value extends readonly (infer A)[]
  ? A extends readonly (infer B)[]
    ? B extends readonly (infer C)[]
      ? C extends readonly unknown[]
        ? 4
        : 3
      : 2
    : 1
  : 0

type NamesOf<Example> = Example extends { readonly adj: unknown }
  ? 'x' | 'adj' | 'mask'
  : Example extends { readonly edge_index: unknown }
    ?
        | 'x'
        | 'edge_index'
        | Extract<keyof Example, 'edge_attr'>
        | (Example extends { readonly labels: unknown } | { readonly ys: unknown } ? never : 'batch' | 'num_graphs')
    : Example extends { readonly x: infer X }
      ? Rank<X> extends 3
        ? 'x'
        : 'x' | 'mask'
      : never

/** The inputs that a model of the data has, by name. */
export type InputsOf<Data> = Readonly<Record<NamesOf<ExampleOf<Data>>, Tensor>>

/** What `data` may need besides the settings. */
export interface DataOptions {
  readonly seed: number
  /** The folder given by `--data`. */
  readonly folder?: string
}

/** A symmetry: a group of @equivar/verify, or its action in words on each input that it moves, and on `output` unless that is invariant. */
export type ClaimedSymmetry = Symmetry | Readonly<Record<string, string>>

/** A task of your own. */
export interface TaskDefinition<
  Values extends Settings,
  Goal extends TaskGoal,
  Data extends ExamplesWith<Goal> | TaskDatasets,
  Inputs extends Readonly<Record<string, Tensor>>,
  Network extends Module,
> {
  /** One line, for people. */
  readonly description?: string
  /** Settings of the task with their defaults, for `--set name=number`. */
  readonly settings?: Values
  /** Makes the examples, or data sets. It is called for every command that needs data, and must give the same for the same seed. */
  data(settings: Readonly<Values>, options: DataOptions): Data | Promise<Data>
  /** What an example is, where its arrays do not say it: sets of signals look like images. */
  readonly kind?: Exclude<ExampleKind, 'molecule'>
  /** Shares of the training, validation and test part of examples; 0.8, 0.1, 0.1 by default. An example with a key `split` says its part itself. */
  readonly split?: readonly [number, number, number]
  /** Whether the channels of `x` are standardized by the training part; true by default. */
  readonly standardize?: boolean
  /** The inputs of the model, for data sets, or where they differ from those of the kind of example: a set of fixed size. */
  inputs?(facts: Facts, settings: Readonly<Values>): Inputs & Readonly<Record<string, Input>>
  /** Makes the network. */
  model(facts: Facts, settings: Readonly<Values>): Network
  /**
   * The network's output for a batch: [batch, outputs] for `label` and `y`, [batch, elements, outputs] for `labels` and `ys`, [batch, elements] for `chosen`.
   * Graphs are rows of [graphs, outputs], and nodes of [nodes, outputs].
   */
  output(network: Network, inputs: Readonly<Record<keyof Inputs, Tensor>>): Tensor
  /** What is predicted: the key of an example that holds it. */
  readonly goal: Goal
  /** A term that is added to the loss in training. */
  regularizer?(network: Network, inputs: Readonly<Record<keyof Inputs, Tensor>>): Tensor
  /** Symmetries that the network has, which are checked. By default those of the kind of example, or none with `inputs`. */
  readonly symmetries?: readonly ClaimedSymmetry[]
  /** How it is trained, where that differs from the default for own data. */
  readonly recipe?: Partial<Recipe>
}

/**
 * A task of your own, for `equivar train ./task.ts`. The examples must have the goal as a key, and `output` gets the inputs that follow from their keys.
 *
 * @returns the definition itself. It is checked when the command reads the file.
 * @example
 * export default defineTask({
 *   data: () => [{ x: [[1, 2], [3, 4]], label: 'a' }, ...],
 *   model: ({ channels, outputs }) => new DeepSets({ channels: [channels, 32, 32], outputs }),
 *   output: (network, { x, mask }) => network.forward(x, mask),
 *   goal: 'label',
 * })
 */
export function defineTask<
  Values extends Settings = Readonly<Record<never, number>>,
  Goal extends TaskGoal = never,
  Data extends ExamplesWith<Goal> | TaskDatasets = ExamplesWith<Goal>,
  Inputs extends Readonly<Record<string, Tensor>> = InputsOf<Data>,
  Network extends Module = Module,
>(definition: TaskDefinition<Values, Goal, Data, Inputs, Network>): TaskDefinition<Values, Goal, Data, Inputs, Network> {
  return definition
}
