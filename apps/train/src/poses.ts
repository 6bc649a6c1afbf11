import type { Dataset } from '@equivar/datasets'
import type { DeviceTensor, Executable, TensorValue } from '@equivar/tensor'
import type { TaskModel } from './model.ts'
import type { TaskData } from './task.ts'

const BATCH = 64

/** One value for each example of a data set. */
async function each(dataset: Dataset, values: (batch: Record<string, TensorValue>) => Promise<ArrayLike<number>>): Promise<number[]> {
  const all: number[] = []
  for (let start = 0; start < dataset.length; start += BATCH) {
    const indices = Uint32Array.from({ length: Math.min(BATCH, dataset.length - start) }, (_, i) => start + i)
    all.push(...Array.from(await values(dataset.batch(indices))))
  }
  return all
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length
    return values.map((v) => v - mean)
  }
  const [x, y] = [centred(a), centred(b)]
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, value, i) => sum + value * (v[i] as number), 0)
  return dot(x, y) / Math.max(Math.sqrt(dot(x, x) * dot(y, y)), 1e-12)
}

/**
 * How well a model estimates the parameter of a transformation: Pearson's correlation of the true parameter and the difference between the estimates for a
 * test image with and without the transformation. For angles, it is the mean cosine of the error, which is also 1 without error and 0 by chance.
 *
 * The difference is used because the estimate for an untransformed image is arbitrary: the classes do not determine it.
 *
 * @returns undefined if the model does not estimate a parameter, or the task has no untransformed images.
 */
export async function poseCorrelation(
  executable: Executable,
  { test, untransformed, facts }: Pick<TaskData, 'test' | 'untransformed' | 'facts'>,
  model: TaskModel,
): Promise<number | undefined> {
  if (model.pose === undefined || untransformed === undefined) return undefined
  const poses = (dataset: Dataset): Promise<number[]> =>
    each(dataset, async (batch) => {
      const inputs = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
      const outputs = await executable.run(inputs)
      const data = (await (outputs.pose as DeviceTensor).data()) as Float32Array
      for (const output of Object.values(outputs)) output.dispose()
      return data
    })
  const [moved, still] = [await poses(test), await poses(untransformed)]
  const truth = await each(test, async ({ theta }) => theta?.data as Float32Array)
  const differences = moved.map((pose, i) => pose - (still[i] as number))
  if (facts.transformation !== 'rotation') return pearson(differences, truth)
  return differences.reduce((sum, d, i) => sum + Math.cos(d - (truth[i] as number)), 0) / differences.length
}
