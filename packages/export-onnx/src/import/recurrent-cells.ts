import type { Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { NodeReader } from './node-reader.ts'

/** One step of a recurrent network in one direction. */
export interface Cell {
  /** What the sequence adds to the gates, whatever the states are: [steps, batch, gates x channels]. */
  readonly projected: Tensor
  /** What every step reads. */
  readonly weights: readonly Tensor[]
  /** The next states, each [batch, channels]; the first is the output. */
  step(x: Tensor, states: readonly Tensor[], weights: readonly Tensor[]): Tensor[]
}

type Activation = (x: Tensor) => Tensor

const activations: Readonly<Record<string, Activation>> = { sigmoid: t.sigmoid, tanh: t.tanh, relu: t.relu }

/** The activations of one direction of a node. */
function activationsOf(node: NodeReader, direction: number, otherwise: readonly string[]): Activation[] {
  const names = node.strings('activations', [...otherwise, ...otherwise]).slice(direction * otherwise.length)
  if (node.floats('activation_alpha').length > 0 || node.floats('activation_beta').length > 0)
    node.lacks('activations without alpha and beta', 'some with')
  return otherwise.map((_, i) => {
    const name = names[i] ?? node.refuse(`${otherwise.length} activations a direction`, `${names.length}`)
    return t.ownEntry(activations, name.toLowerCase()) ?? node.lacks(`activations ${Object.keys(activations).join(', ')}`, name)
  })
}

/** What input i has for one direction. */
export const ofDirection = (node: NodeReader, i: number, direction: number): Tensor =>
  t.squeeze(t.slice(node.tensor(i), { axis: 0, start: direction, end: direction + 1 }), 0)

/** Weights of one direction, for products from the right: [in, gates x channels], [channels, gates x channels], and both biases. */
function weightsOf(node: NodeReader, direction: number, gates: number): { w: Tensor; r: Tensor; wb: Tensor; rb: Tensor; channels: number } {
  const [w, r] = [1, 2].map((i) => t.swapAxes(ofDirection(node, i, direction), 0, 1)) as [Tensor, Tensor]
  const [channels, columns] = r.shape
  if (typeof channels !== 'number' || columns !== gates * channels)
    return node.refuse(`weights [directions, ${gates} channels, channels] as input 2`, t.printShape(node.tensor(2).shape))
  const sizes = [gates * channels, gates * channels]
  const biases = node.has(3) ? t.split(ofDirection(node, 3, direction), sizes, 0) : sizes.map((size) => t.zeros([size]))
  return { w, r, wb: biases[0] as Tensor, rb: biases[1] as Tensor, channels }
}

const inParts = (x: Tensor, sizes: readonly number[]): Tensor[] => [...t.split(x, sizes, -1)]

/** h' = f(x W + h R + b). */
function rnn(node: NodeReader, direction: number): Cell {
  const { w, r, wb, rb } = weightsOf(node, direction, 1)
  const [f] = activationsOf(node, direction, ['Tanh']) as [Activation]
  return {
    projected: t.add(t.matMul(node.tensor(0), w), t.add(wb, rb)),
    weights: [r],
    step: (x, [h], [u]) => [f(t.add(x, t.matMul(h as Tensor, u as Tensor)))],
  }
}

/** i, o, k = f(x W + h R + b), c' = k c + i g(x W + h R + b), h' = o h(c'). */
function lstm(node: NodeReader, direction: number): Cell {
  if (node.has(7)) node.lacks('an LSTM without peepholes', 'some')
  if (node.flag('input_forget', false)) node.lacks('input_forget 0', '1')
  const { w, r, wb, rb, channels } = weightsOf(node, direction, 4)
  const [f, g, bend] = activationsOf(node, direction, ['Sigmoid', 'Tanh', 'Tanh']) as [Activation, Activation, Activation]
  return {
    projected: t.add(t.matMul(node.tensor(0), w), t.add(wb, rb)),
    weights: [r],
    step: (x, [h, c], [u]) => {
      const gates = inParts(t.add(x, t.matMul(h as Tensor, u as Tensor)), [channels, channels, channels, channels])
      const [input, output, forget, content] = gates as [Tensor, Tensor, Tensor, Tensor]
      const next = t.add(t.mul(f(forget), c as Tensor), t.mul(f(input), g(content)))
      return [t.mul(f(output), bend(next)), next]
    },
  }
}

/** z, r = f(x W + h R + b), n = g(x W + b + (r h) R + b'), h' = (1 - z) n + z h; r stands outside of the product where linear_before_reset. */
function gru(node: NodeReader, direction: number): Cell {
  const { w, r, wb, rb, channels } = weightsOf(node, direction, 3)
  const [f, g] = activationsOf(node, direction, ['Sigmoid', 'Tanh']) as [Activation, Activation]
  const outside = node.flag('linear_before_reset', false)
  const sizes = [2 * channels, channels]
  const [gateWeights, newWeights] = inParts(r, sizes) as [Tensor, Tensor]
  const [gateBias, newBias] = inParts(rb, sizes) as [Tensor, Tensor]
  const early = outside ? t.concat([gateBias, t.zeros([channels])], 0) : rb
  return {
    projected: t.add(t.matMul(node.tensor(0), w), t.add(wb, early)),
    weights: outside ? [gateWeights, newWeights, newBias] : [gateWeights, newWeights],
    step: (x, [h], [u, v, late]) => {
      const state = h as Tensor
      const [gates, content] = inParts(x, sizes) as [Tensor, Tensor]
      const [z, reset] = inParts(f(t.add(gates, t.matMul(state, u as Tensor))), [channels, channels]) as [Tensor, Tensor]
      const product = (of: Tensor): Tensor => t.matMul(of, v as Tensor)
      const before = late === undefined ? product(t.mul(reset, state)) : t.mul(reset, t.add(product(state), late))
      return [t.add(t.mul(t.sub(1, z), g(t.add(content, before))), t.mul(z, state))]
    },
  }
}

/** Reads the cell of a node in one direction. */
export type CellReader = (node: NodeReader, direction: number) => Cell

/** The cells, and how many states each has. */
export const cells: Readonly<Record<'RNN' | 'GRU' | 'LSTM', { readonly read: CellReader; readonly states: number }>> = {
  RNN: { read: rnn, states: 1 },
  GRU: { read: gru, states: 1 },
  LSTM: { read: lstm, states: 2 },
}
