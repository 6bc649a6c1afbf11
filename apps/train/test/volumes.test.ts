import { countParameters, initialize, parametersOf } from '@equivar/nn'
import { evaluate, program, Random } from '@equivar/tensor'
import { symmetryError, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { classes } from '../src/goals.ts'
import { buildModel, findTask } from '../src/registry.ts'
import { cubeRotation } from '../src/symmetry.ts'
import { shapeVolumes } from '../src/tasks/volumes.ts'

const facts = { channels: 1, outputs: 8 }

describe('the volumes', () => {
  const upright = shapeVolumes({ count: 64, rotated: false, random: new Random({ seed: 1 }) })
  const rotated = shapeVolumes({ count: 64, rotated: true, random: new Random({ seed: 1 }) })
  const values = (dataset: typeof upright, index: number): Float32Array => dataset.batch([index]).x!.data as Float32Array

  test('have the shapes in turn, four points of 1 and noise', () => {
    expect(upright.batch([0, 1]).x!.shape).toEqual([2, 1, 6, 6, 6])
    expect(upright.classes).toHaveLength(8)
    expect([...upright.labels.slice(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1])
    for (let i = 0; i < 64; i++) {
      const sorted = [...values(upright, i)].sort((a, b) => b - a)
      const rest = sorted.slice(4)
      expect(sorted.slice(0, 4).reduce((a, b) => a + b, 0) / 4).toBeGreaterThan(0.6)
      expect(Math.sqrt(rest.reduce((a, b) => a + b * b, 0) / rest.length)).toBeLessThan(0.25)
    }
  })

  test('lie along any axis if rotated, and along one if not', () => {
    // The axes along which the lines lie.
    const axes = (dataset: typeof upright): Set<number> =>
      new Set(
        Array.from({ length: 8 }, (_, k) => {
          const line = values(dataset, 8 * k + 3)
          const bright = [...line.keys()].filter((p) => line[p]! > 0.5)
          const spread = [36, 6, 1].map((stride) => new Set(bright.map((p) => Math.floor(p / stride) % 6)).size)
          return spread.indexOf(Math.max(...spread))
        }),
      )
    expect(axes(upright).size).toBe(1)
    expect(axes(rotated).size).toBe(3)
  })
})

describe.each(['octahedral-cnn', 'z3cnn'])('%s', (name) => {
  const model = buildModel(name, {}, facts, classes)
  const run = program({ inputs: { ...model.inputs, ...Object.fromEntries(parametersOf(model.module)) }, outputs: { y: model.output() } })
  const parameters = initialize(model.module, 1)
  const batch = shapeVolumes({ count: 2, rotated: false, random: new Random({ seed: 2 }) }).batch([0, 1])
  const error = (): Promise<number> =>
    symmetryError(
      async (inputs: Values) => ({ y: evaluate(run, { ...parameters, x: inputs.x! }).y! }),
      cubeRotation.elements(batch, new Random({ seed: 5 })),
      batch,
    )

  test('is invariant under the rotations of the cube, or is not', async () => {
    expect(findTask('volumes').models).toContain(name)
    if (name === 'octahedral-cnn') expect(await error()).toBeLessThan(1e-10)
    else expect(await error()).toBeGreaterThan(1e-3)
    expect(model.symmetries).toEqual(name === 'octahedral-cnn' ? [cubeRotation] : [])
  })
})

test('both networks have about the same number of parameters', () => {
  const [octahedral, plain] = ['octahedral-cnn', 'z3cnn'].map((name) => countParameters(buildModel(name, {}, facts, classes).module)) as [
    number,
    number,
  ]
  expect(octahedral / plain).toBeGreaterThan(0.95)
  expect(octahedral / plain).toBeLessThan(1.1)
})
