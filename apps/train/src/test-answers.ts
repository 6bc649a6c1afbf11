import type { Executable, TensorValue } from '@equivar/tensor'
import { probabilities } from './goals.ts'
import type { TaskModel } from './model.ts'
import type { TestAnswer } from './report-answers.ts'
import type { TaskData } from './task.ts'
import { answerOf } from './verify.ts'

/** Most test examples of a report. */
const MOST = 1000
const BATCH = 16

/**
 * The answers of a model to the first 1,000 test examples, for classes and numbers of whole examples; none for other goals.
 *
 * @remarks Cost: a run for each 16 examples.
 */
export async function testAnswers(executable: Executable, model: TaskModel, { test, nameOf }: TaskData): Promise<TestAnswer[]> {
  const { goal } = model
  if (goal.kind !== 'classes' && goal.kind !== 'numbers') return []
  const answers: TestAnswer[] = []
  for (let at = 0; at < Math.min(MOST, test.length); at += BATCH) {
    const indices = Array.from({ length: Math.min(BATCH, MOST - at, test.length - at) }, (_, i) => at + i)
    const batch = test.batch(indices)
    const { data, shape } = await answerOf(executable, model, batch)
    const [width, target] = [shape.at(-1) ?? 1, batch.target as TensorValue]
    const each = target.data.length / indices.length
    for (const [i, index] of indices.entries()) {
      const row = data.subarray(i * width, (i + 1) * width)
      const one = { ...target, shape: [1, ...target.shape.slice(1)], data: target.data.slice(i * each, (i + 1) * each) } as TensorValue
      const { loss, pairs } = goal.judge(row, width, one)
      const [pair] = pairs
      answers.push({
        name: nameOf?.(index) ?? `test example ${index}`,
        loss,
        truth: pair === undefined ? Array.from(one.data as ArrayLike<number>, Number) : [pair[0]],
        answer: pair === undefined ? [...row] : [pair[1]],
        ...(pair === undefined ? {} : { probability: probabilities(row)[pair[1]] as number }),
      })
    }
  }
  return answers
}
