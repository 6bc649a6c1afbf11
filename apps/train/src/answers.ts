import type { TensorValue } from '@equivar/tensor'
import { type Goal, probabilities } from './goals.ts'

/** What a model answers for an example. */
export interface Answer {
  /** The number of the example in its data set. */
  readonly example: number
  readonly loss: number
  /** The class or the element, or the numbers. */
  readonly truth: readonly number[]
  readonly predicted: readonly number[]
  /** Of the class that is predicted. */
  readonly probability?: number
}

/** Some outputs, and the targets and numbers of their examples. */
interface Outputs {
  readonly output: ArrayLike<number>
  /** Numbers per row of the output. */
  readonly width: number
  readonly target: TensorValue
  readonly indices: ArrayLike<number>
}

/** The answers for examples, each judged alone. None where an example has several rows: those of its elements or nodes. */
export function answersOf(goal: Goal, { output, width, target, indices }: Outputs): Answer[] {
  if (output.length !== indices.length * width) return []
  const each = target.data.length / indices.length
  const [numbers, targets] = [Array.from(output), Array.from(target.data as ArrayLike<number | bigint>, Number)]
  return Array.from(indices).flatMap((example, i) => {
    const row = numbers.slice(i * width, (i + 1) * width)
    const truth = targets.slice(i * each, (i + 1) * each)
    const alone: TensorValue = { dtype: 'float32', shape: [1, ...target.shape.slice(1)], data: Float32Array.from(truth) }
    const { count, loss, pairs } = goal.judge(row, width, alone)
    if (count === 0) return []
    const [pair] = pairs
    if (pair === undefined) return [{ example, loss, truth, predicted: row }]
    return [{ example, loss, truth, predicted: [pair[1]], probability: probabilities(row)[pair[1]] as number }]
  })
}

/** Answers that are kept for a report, and those of the largest loss besides. */
const [KEPT, WORST] = [10_000, 100]

/** The answers for the examples of a data set: all of them, or of many examples every n-th, and those with the largest loss. */
export class KeptAnswers {
  readonly #every: number
  readonly #kept: Answer[] = []
  #worst: Answer[] = []

  /** @param examples - how many there are. */
  constructor(examples: number) {
    this.#every = Math.max(1, Math.ceil(examples / KEPT))
  }

  add(answers: readonly Answer[]): void {
    for (const answer of answers) (answer.example % this.#every === 0 ? this.#kept : this.#worst).push(answer)
    if (this.#worst.length > 20 * WORST) this.#prune()
  }

  #prune(): void {
    this.#worst = this.#worst.sort((a, b) => b.loss - a.loss).slice(0, WORST)
  }

  values(): Answer[] {
    this.#prune()
    return [...this.#kept, ...this.#worst]
  }
}
