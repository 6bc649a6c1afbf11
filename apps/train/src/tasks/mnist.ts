import { type ClassDataset, subset } from '@equivar/datasets'
import { loadMnist } from '@equivar/datasets/node'
import type { LoadOptions } from '../task.ts'
import { dataFolder } from './data-folder.ts'

/** The integers from `from` to `to` - 1. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** MNIST; the last 5,000 training images are for validation. */
export async function mnistParts(options: LoadOptions): Promise<{ train: ClassDataset; validation: ClassDataset; test: ClassDataset }> {
  const [images, test] = [await loadMnist('train', dataFolder(options)), await loadMnist('test', dataFolder(options))]
  return { train: subset(images, range(0, 55_000)), validation: subset(images, range(55_000, 60_000)), test }
}
