import type { ClassDataset } from '@equivar/datasets'
import { Random, type TensorValue } from '@equivar/tensor'
import { type Examples, KEPT } from '../task.ts'

/** Draws the numbers of one example of a class. */
export type DrawExample = (label: number, random: Random) => Float32Array

/** Examples of one shape with their classes. */
function dataset(input: string, shape: readonly number[], classes: readonly string[], examples: readonly Float32Array[]): ClassDataset {
  const labels = Int32Array.from(examples, (_, i) => i % classes.length)
  const batch = (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const numbers = Array.from(indices)
    const size = examples[0]?.length ?? 0
    const data = new Float32Array(numbers.length * size)
    for (const [at, index] of numbers.entries()) data.set(examples[index] as Float32Array, at * size)
    const target = BigInt64Array.from(numbers, (index) => BigInt(labels[index] as number))
    return {
      [input]: { dtype: 'float32', shape: [numbers.length, ...shape], data },
      target: { dtype: 'int64', shape: [numbers.length], data: target },
    }
  }
  return { length: examples.length, batch, classes, labels }
}

/**
 * Examples of a task, drawn at random with a fixed seed, the classes in turn: fewer training examples are the first of more.
 *
 * @param count - training examples.
 */
export function drawExamples(
  { input, shape, classes }: { readonly input: string; readonly shape: readonly number[]; readonly classes: readonly string[] },
  draw: DrawExample,
  count: number,
): Examples {
  const part = (stream: string, length: number): ClassDataset => {
    const random = new Random({ seed: 1, stream })
    return dataset(
      input,
      shape,
      classes,
      Array.from({ length }, (_, i) => draw(i % classes.length, random)),
    )
  }
  return { train: part('train', count), validation: part('validation', KEPT.validation), test: part('test', KEPT.test) }
}
