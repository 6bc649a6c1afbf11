import type { Values } from '@equivar/verify'
import { KEPT } from '../train/task.ts'
import { tasks } from '../train/tasks/index.ts'
import type { ModelFile } from './model-file.ts'
import { type Sizes, sizesOf } from './sizes.ts'

/** An example of the task that a model was made for. */
export interface TaskExample {
  readonly values: Values
  readonly sizes: Sizes
  /** What it is an example of. */
  readonly truth: string
}

/** The example of that number of the task that a file names, if the page knows the task and it fits the inputs. */
export function taskExample({ description }: ModelFile, number: number): TaskExample | undefined {
  const task = Object.values(tasks).find(({ title }) => title === description.metadata.task)
  if (task === undefined) return undefined
  const { test } = task.data(1)
  const index = number % KEPT.test
  const { target: _, ...values } = test.batch([index])
  const sizes = sizesOf(description.inputs, Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, shape])))
  return sizes && { values, sizes, truth: task.classes[test.labels[index] as number] as string }
}
