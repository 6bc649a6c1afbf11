import type { ChannelCategories } from '@equivar/export-onnx'
import type { CoordinateSystemName } from '@equivar/layers-grids'
import type { Module } from '@equivar/nn'
import type { Input, Tensor } from '@equivar/tensor'
import type { Goal } from './goals.ts'
import type { Regression } from './models/regression.ts'
import type { ExampleKind } from './own-data/example.ts'
import type { TaskSymmetry } from './symmetry.ts'

/** An output besides the main one, with targets of its own: the batch has them under its name. */
export interface FurtherOutput {
  readonly goal: Goal
  readonly target: Input
  /** @param main - the main output, of which this one may be a derivative. */
  output(main: Tensor): Tensor
}

/** A model of a task: its inputs, and its output as an expression of them. */
export interface TaskModel {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly goal: Goal
  readonly target: Input
  readonly symmetries: readonly TaskSymmetry[]
  output(): Tensor
  /** The model's estimate of the parameter of the transformation, float32 [batch, 1]; a second output of the exported file. */
  pose?(): Tensor
  /** A second output of the exported file that is trained and judged, too. */
  readonly further?: FurtherOutput
  /** A term that is added to the loss in training. */
  readonly regularizer?: () => Tensor
}

/** Settings by name, as given by `--set`. */
export type Settings = Readonly<Record<string, number>>

/** What vectors of a matrix group are: representations in the words of `representation` of `@equivar/groups`. */
export interface VectorFacts {
  readonly group: string
  readonly input: string
  readonly output: string
}

/** Properties of a task's data that a model depends on. */
export interface Facts {
  /** Channels of an element or a node. */
  readonly channels: number
  /** Numbers per row of the output: classes, or predicted numbers. */
  readonly outputs: number
  /** The kind of a set's elements; default: vectors of `channels`. */
  readonly element?: 'image' | 'points' | 'graph'
  /** The one-parameter transformation of the examples. */
  readonly transformation?: CoordinateSystemName
  /** Bandwidth b of signals on the sphere, whose grid has 2b x 2b samples. */
  readonly bandwidth?: number
  /** Channels of an edge, if edges have features. */
  readonly edgeChannels?: number
  /** How raw channels become features, fitted to the training part. Without it, features are the channels. */
  readonly features?: Features
  /** The same for channels of edges that are a list. */
  readonly edgeFeatures?: Features
  /** For channels of categories, of nodes or elements and of edges: the names by code. */
  readonly categoryNames?: ChannelCategories
  readonly edgeCategoryNames?: ChannelCategories
  /** For tables: the columns that are channels. */
  readonly columns?: readonly string[]
  /** Height and width of images. */
  readonly size?: readonly [number, number]
  /** What an example is, for examples of a file that defines a task. */
  readonly kind?: ExampleKind
  /** For vectors of a matrix group: its name, and their representations. */
  readonly vectors?: VectorFacts
  /** What is predicted for own data. */
  readonly predicts?: 'label' | 'y' | 'labels' | 'ys' | 'chosen'
  /** What was subtracted from the energies before training, as float32 could not hold them otherwise. */
  readonly energyOffset?: number
  /** For regression: y = offset + scale * network + sum over the elements of their channels times perChannel. */
  readonly regression?: Regression
}

/** How raw channels become features. Every array has an entry for each channel. */
export interface Features {
  /** Feature = (x - offset) / scale, for channels of numbers. */
  readonly offset: readonly number[]
  readonly scale: readonly number[]
  /** For channels of categories: how many there are. A channel holds their codes, from 0, and becomes one feature for each. */
  readonly categories?: Readonly<Record<number, number>>
}

/**
 * A kind of model: its settings with their defaults, and its construction.
 *
 * `values` are always complete: the defaults, overwritten by the given settings.
 */
export interface ModelKind<Values extends Settings = Settings> {
  readonly defaults: Values
  build(values: Values, facts: Facts, goal: Goal): TaskModel
}
