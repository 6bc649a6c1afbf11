import { Mlp, Module } from '@equivar/nn'
import { type Dimension, input, reshape, type Tensor } from '@equivar/tensor'
import type { Model, Task } from './task.ts'

/** Reads the whole input as one list of numbers: no symmetry. Two hidden layers. */
class PlainNetwork extends Module {
  readonly layers: Mlp

  constructor(inputs: number, width: number, outputs: number) {
    super()
    this.layers = new Mlp({ channels: [inputs, width, width, outputs] })
  }

  forward(x: Tensor): Tensor {
    return this.layers.forward(reshape(x, [x.shape[0] as Dimension, -1]))
  }
}

/** The width of two hidden layers with which an MLP has nearest to a number of parameters: width^2 + (inputs + outputs + 2) width + outputs of them. */
export function widthFor(parameters: number, inputs: number, outputs: number): number {
  const half = (inputs + outputs + 2) / 2
  return Math.max(1, Math.round(Math.sqrt(half * half + Math.max(0, parameters - outputs)) - half))
}

/** A plain network for a task, with about as many parameters as are given. */
export function plainModel(task: Task, parameters: number): Model {
  const x = input(task.input, 'float32', ['batch', ...task.shape])
  const inputs = task.shape.reduce((product, size) => product * size, 1)
  const module = new PlainNetwork(inputs, widthFor(parameters, inputs, task.classes.length), task.classes.length)
  return { module, inputs: { [task.input]: x }, logits: () => module.forward(x) }
}
