import type { ClassDataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'

/** How well logits fit the classes. */
export interface Classification {
  readonly loss: number
  readonly accuracy: number
  /** confusion[true class][predicted class]. */
  readonly confusion: readonly (readonly number[])[]
}

/** Softmax of one row. */
export function probabilities(logits: ArrayLike<number>): number[] {
  const row = Array.from(logits)
  const top = Math.max(...row)
  const powers = row.map((v) => Math.exp(v - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((p) => p / sum)
}

/** Runs a model over a data set. @param values - parameters, where they are not in the model. */
export async function classify(
  executable: Executable,
  dataset: ClassDataset,
  {
    inputs,
    values = {},
    batchSize = 64,
  }: { inputs: readonly string[]; values?: Readonly<Record<string, TensorValue>>; batchSize?: number },
): Promise<Classification> {
  const classes = dataset.classes.length
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
  let loss = 0
  let right = 0
  for (let start = 0; start < dataset.length; start += batchSize) {
    const size = Math.min(batchSize, dataset.length - start)
    const indices = Uint32Array.from({ length: size }, (_, i) => start + i)
    const batch = dataset.batch(indices)
    const given = Object.fromEntries(inputs.map((name) => [name, batch[name] as TensorValue]))
    const outputs = await executable.run({ ...values, ...given })
    const result = outputs.logits as DeviceTensor
    const logits = (await result.data()) as Float32Array
    result.dispose()
    indices.forEach((example, i) => {
      const share = probabilities(logits.subarray(i * classes, (i + 1) * classes))
      const label = dataset.labels[example] as number
      const guess = share.indexOf(Math.max(...share))
      loss -= Math.log(Math.max(share[label] as number, 1e-30))
      right += guess === label ? 1 : 0
      const row = confusion[label] as number[]
      row[guess] = (row[guess] as number) + 1
    })
  }
  return { loss: loss / dataset.length, accuracy: right / dataset.length, confusion }
}
