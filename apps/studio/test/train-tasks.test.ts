import { countParameters, initialize } from '@equivar/nn'
import { evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { symmetryError, type Values } from '@equivar/verify'
import { expect, test } from 'vitest'
import { layout } from '../src/parts/spring-layout.ts'
import { modelsOf } from '../src/train/learner.ts'
import { widthFor } from '../src/train/plain.ts'
import { type Side, symmetryOf } from '../src/train/task.ts'
import { tasks } from '../src/train/tasks/index.ts'

/** How much the answer of an untrained network to two examples changes under the symmetry of its task. */
async function changeOf(name: keyof typeof tasks, side: Side): Promise<number> {
  const task = tasks[name]
  const { module, inputs, logits } = modelsOf(task)[side]
  const program: Program = inferenceProgram(module, { inputs, outputs: () => ({ logits: logits() }) })
  const { target: _, ...batch } = task.data(2).train.batch([0, 1])
  const run = async (given: Values): Promise<Values> => evaluate(program, { ...given, ...initialize(module, 1) })
  return symmetryError(
    run,
    symmetryOf(task)
      .elements(batch, new Random({ seed: 1 }))
      .slice(-2),
    batch,
  )
}

test.each(Object.keys(tasks) as (keyof typeof tasks)[])(
  '%s: only the symmetric network keeps its answer, both have about as many parameters',
  async (name) => {
    expect(await changeOf(name, 'symmetric')).toBeLessThan(1e-10)
    expect(await changeOf(name, 'plain')).toBeGreaterThan(1e-3)
    const { symmetric, plain } = modelsOf(tasks[name])
    const ratio = countParameters(plain.module) / countParameters(symmetric.module)
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.1)
  },
)

test.each(Object.entries(tasks))('%s: fewer examples are the first of more, and a picture is drawn of each', (_, task) => {
  const [few, more] = [task.data(5).train, task.data(50).train]
  const batch = few.batch([4])[task.input] as TensorValue
  expect(batch.data).toEqual(more.batch([4])[task.input]?.data)
  expect(task.draw(batch, 0)).toMatch(/^<(circle|path|rect) /)
  expect(task.draw(batch, 0)).not.toContain('NaN')
})

test('the width of a plain network is the one with the nearest number of parameters', () => {
  const parameters = (width: number): number => 7 * width + width + width * width + width + 3 * width + 3
  const [below, best, above] = [-1, 0, 1].map((by) => Math.abs(parameters(widthFor(1000, 7, 3) + by) - 1000)) as [number, number, number]
  expect(best).toBeLessThanOrEqual(Math.min(below, above))
  expect(widthFor(1, 100, 4)).toBe(1)
})

test('nodes are placed apart within the square, one without edges too', () => {
  const adjacency = new Float32Array(16)
  for (const [i, j] of [
    [0, 1],
    [1, 2],
  ] as const)
    adjacency[4 * i + j] = adjacency[4 * j + i] = 1
  const places = layout(adjacency)
  expect(places).toHaveLength(4)
  expect(Math.max(...places.flat().map(Math.abs))).toBeLessThanOrEqual(1 + 1e-9)
  const distance = (i: number, j: number): number =>
    Math.hypot(...[0, 1].map((axis) => (places[i]?.[axis as 0] ?? 0) - (places[j]?.[axis as 0] ?? 0)))
  for (const [i, j] of [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ] as const)
    expect(distance(i, j)).toBeGreaterThan(0.1)
  expect(distance(0, 2)).toBeGreaterThan(distance(0, 1))
})
