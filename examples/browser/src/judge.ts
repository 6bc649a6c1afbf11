import type { ClassDataset } from '@equivar/datasets'
import type { Executable, TensorValue } from '@equivar/tensor'
import type { Batch } from './task.ts'

/** The answer of a network to a batch: logits, example by example. */
export async function answer(executable: Executable, values: Readonly<Record<string, TensorValue>>, batch: Batch): Promise<Float32Array> {
  const { target: _, ...inputs } = batch
  const { logits } = await executable.run({ ...values, ...inputs })
  const numbers = Float32Array.from((await logits?.data()) as Float32Array)
  logits?.dispose()
  return numbers
}

/** What a network makes of a data set. */
export interface Judgement {
  readonly loss: number
  readonly accuracy: number
  readonly predicted: readonly number[]
}

/** Runs a network over a data set. @param values - its parameters, where they are not in it. */
export async function judge(
  executable: Executable,
  values: Readonly<Record<string, TensorValue>>,
  dataset: ClassDataset,
): Promise<Judgement> {
  const classes = dataset.classes.length
  const predicted: number[] = []
  let loss = 0
  for (let start = 0; start < dataset.length; start += 64) {
    const numbers = Uint32Array.from({ length: Math.min(64, dataset.length - start) }, (_, i) => start + i)
    const logits = await answer(executable, values, dataset.batch(numbers))
    for (let i = 0; i < numbers.length; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes)
      const top = Math.max(...row)
      predicted.push(row.indexOf(top))
      loss += top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0)) - row[dataset.labels[start + i]!]!
    }
  }
  const right = predicted.filter((label, i) => label === dataset.labels[i]).length
  return { loss: loss / dataset.length, accuracy: right / dataset.length, predicted }
}
