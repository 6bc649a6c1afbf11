import type { Dataset } from '@equivar/datasets'
import type { TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { ownTask } from '../src/own-data/own-task.ts'
import { shiftedImages } from '../src/own-data/shifted-images.ts'
import type { TaskData } from '../src/task.ts'

const [channels, height, width] = [2, 10, 21]
const shape = [channels, height, width]
const pixel = (example: number, plane: number, row: number, column: number): number => 10_000 * example + 5000 * plane + 100 * row + column
const image = (example: number): number[] =>
  Array.from({ length: channels * height * width }, (_, i) =>
    pixel(example, Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  )
const dataset: Dataset = {
  length: 50,
  batch: (indices) => ({
    x: { dtype: 'float32', shape: [indices.length, ...shape], data: Float32Array.from(Array.from(indices).flatMap(image)) },
    target: { dtype: 'float32', shape: [indices.length], data: Float32Array.from(indices) },
  }),
}
const numbers = ({ data }: TensorValue): number[] => Array.from(data as Float32Array)
const clamp = (place: number, side: number): number => Math.min(side - 1, Math.max(0, place))

describe('shifted images', () => {
  const moved = shiftedImages(dataset, { share: 0.1, seed: 3 })
  const examples = Array.from({ length: 50 }, (_, i) => i)

  test('are each shifted as a whole, by up to a tenth of a side, and nothing else changes', () => {
    const { x, target } = moved.batch(examples) as { x: TensorValue; target: TensorValue }
    expect(numbers(target)).toEqual(examples)
    const seen = new Set<string>()
    for (const example of examples) {
      const found = numbers(x).slice(example * channels * height * width, (example + 1) * channels * height * width)
      // Far from the edges a pixel says where it was.
      const middle = (found[5 * width + 10] as number) - pixel(example, 0, 5, 10)
      const down = -Math.round(middle / 100)
      const right = -(middle + 100 * down)
      seen.add(`${down} ${right}`)
      expect(found).toEqual(
        image(example).map((_, i) => {
          const [plane, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
          return pixel(example, plane, clamp(row - down, height), clamp(column - right, width))
        }),
      )
      expect([Math.abs(down) <= 1, Math.abs(right) <= 2]).toEqual([true, true])
    }
    expect(seen.size).toBeGreaterThan(8)
  })

  test('depend on the batch and the seed alone', async () => {
    expect(moved.batch([1, 2])).toEqual(moved.batch([1, 2]))
    expect(moved.batch([1, 2])).not.toEqual(shiftedImages(dataset, { share: 0.1, seed: 4 }).batch([1, 2]))
    expect(numbers(moved.batch(examples).x as TensorValue)).not.toEqual(
      numbers(moved.batch([...examples].reverse()).x as TensorValue).reverse(),
    )
    const ahead = shiftedImages({ ...dataset, prefetch: async (indices) => dataset.batch(indices) }, { share: 0.1, seed: 3 })
    expect(await ahead.prefetch?.([4, 5])).toEqual(moved.batch([4, 5]))
  })

  test.each([
    ['label', [28, 28], 0.1],
    ['labels', [28, 28], 0.1],
    ['y', [28, 28], undefined],
    ['ys', [28, 28], undefined],
    ['label', undefined, undefined],
  ] as const)('are for own images of which classes are predicted: %s, %j', (predicts, size, expected) => {
    const facts = { channels: 1, outputs: 2, predicts, ...(size === undefined ? {} : { size }) }
    expect(ownTask.recipe('', { train: dataset, facts } as unknown as TaskData).shift).toBe(expected)
  })
})
