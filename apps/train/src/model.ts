import type { CoordinateSystemName } from '@equivar/layers-grids'
import type { Module } from '@equivar/nn'
import type { Input, Tensor } from '@equivar/tensor'
import type { Goal } from './goals.ts'
import type { TaskSymmetry } from './symmetry.ts'

/** A model of a task: its inputs, and the output as an expression of them. */
export interface TaskModel {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly goal: Goal
  readonly target: Input
  readonly symmetries: readonly TaskSymmetry[]
  output(): Tensor
  /** The parameter of a transformation as the model estimates it, float32 [batch, 1]; an output of the exported file beside the other. */
  pose?(): Tensor
  /** What is added to the loss in training. */
  readonly regularizer?: () => Tensor
}

/** Settings of models: numbers by name, as `--set` gives them. */
export type Settings = Readonly<Record<string, number>>

/** What a model must know of a task's data. */
export interface Facts {
  /** Channels of an element or a node. */
  readonly channels: number
  /** Numbers of a row of the output: classes, or what is predicted. */
  readonly outputs: number
  /** What an element of a set is; a vector of the channels if left out. */
  readonly element?: 'image' | 'points' | 'graph'
  /** Which transformation of one parameter the examples differ by. */
  readonly transformation?: CoordinateSystemName
  /** Of signals on the sphere: their grid has 2b times 2b samples. */
  readonly bandwidth?: number
  /** Channels of an edge, where edges have features. */
  readonly edgeChannels?: number
  /** Of numbers that are predicted: y = offset + scale * network + sum over the elements of their channels times perChannel. */
  readonly regression?: Regression
}

/** The part of a prediction that is known before the network is trained. */
export interface Regression {
  readonly offset: number
  readonly scale: number
  readonly perChannel?: readonly number[]
}

/**
 * A kind of model: what may be set of it, with the values that hold if nothing is set, and how it is built.
 *
 * Values are always complete: the defaults, overwritten by what is set.
 */
export interface ModelKind<Values extends Settings = Settings> {
  readonly defaults: Values
  build(values: Values, facts: Facts, goal: Goal): TaskModel
}
