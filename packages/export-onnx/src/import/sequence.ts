import type { Dimension, Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Cell } from './recurrent-cells.ts'

/** So many steps at most are written one after the other. */
const MOST_UNROLLED = 256

/** A cell and what it runs over. */
interface Sequence {
  readonly cell: Cell
  /** First values of the states. */
  readonly first: readonly Tensor[]
  /** bool [steps, batch, 1], true where a sequence has an element; all have all if left out. */
  readonly exists: Tensor | undefined
  /** From the last step to the first. */
  readonly backwards: boolean
}

/** What a sequence gives. */
interface SequenceResult {
  /** The first state after each step, in the order of the steps, 0 where no element exists: [steps, batch, channels]. */
  readonly outputs: Tensor
  readonly last: readonly Tensor[]
}

interface Step {
  readonly states: readonly Tensor[]
  readonly output: Tensor
}

/** Elements that do not exist leave the states alone. */
function stepOf({ cell }: Sequence, x: Tensor, exists: Tensor | undefined, states: readonly Tensor[], weights: readonly Tensor[]): Step {
  const next = cell.step(x, states, weights)
  const output = next[0] as Tensor
  if (exists === undefined) return { states: next, output }
  return { states: next.map((state, i) => t.where(exists, state, states[i] as Tensor)), output: t.where(exists, output, 0) }
}

function unrolled(sequence: Sequence, steps: number): SequenceResult {
  const { cell, first, exists, backwards } = sequence
  const outputs: Tensor[] = []
  let states = first
  for (let i = 0; i < steps; i++) {
    const start = backwards ? steps - 1 - i : i
    const at = (value: Tensor): Tensor => t.squeeze(t.slice(value, { axis: 0, start, end: start + 1 }), 0)
    const step = stepOf(sequence, at(cell.projected), exists && at(exists), states, cell.weights)
    states = step.states
    outputs[start] = t.unsqueeze(step.output, 0)
  }
  return { outputs: t.concat(outputs, 0), last: states }
}

function looped(sequence: Sequence, steps: Dimension): SequenceResult {
  const { cell, first, backwards } = sequence
  const ordered = (value: Tensor): Tensor => (backwards ? t.flip(value, [0]) : value)
  const iteration = t.input('iteration', 'int64', [])
  const stand = (name: string, { dtype, shape }: Tensor): t.Input => t.input(name, dtype, shape)
  const states = first.map((state, i) => stand(`state ${i}`, state))
  const weights = cell.weights.map((weight, i) => stand(`weight ${i}`, weight))
  const read = [cell.projected, ...(sequence.exists === undefined ? [] : [sequence.exists])].map(ordered)
  const inside = read.map((value, i) => stand(`read ${i}`, value))
  const [x, exists] = inside.map((value) => t.gather(value, iteration, 0))
  const step = stepOf(sequence, x as Tensor, exists, states, weights)
  const body = t.program({
    inputs: [iteration, ...states, ...inside, ...weights],
    outputs: Object.fromEntries([...step.states, step.output].map((value, i) => [`result ${i}`, value])),
  })
  const results = t.repeat(body, { count: steps, states: first, captured: [...read, ...cell.weights] })
  return { outputs: ordered(results[states.length] as Tensor), last: results.slice(0, states.length) }
}

/**
 * Applies a cell to the steps of a sequence one after the other.
 *
 * A known number of steps, 256 at most, becomes as many expressions, which have derivatives; any other number a loop, which has none.
 */
export function runSequence(sequence: Sequence): SequenceResult {
  const steps = sequence.cell.projected.shape[0] as Dimension
  return typeof steps === 'number' && steps > 0 && steps <= MOST_UNROLLED ? unrolled(sequence, steps) : looped(sequence, steps)
}
