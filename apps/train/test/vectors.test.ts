import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Matrix, representation, seededRandom } from '@equivar/groups'
import { toNumbers } from '@equivar/tensor'
import { afterAll, describe, expect, test } from 'vitest'
import { numbersByRmse } from '../src/goals.ts'
import { matrixGroupOf } from '../src/models/vectors.ts'
import { buildModel, findTask, loadTask } from '../src/registry.ts'
import type { TaskData } from '../src/task.ts'
import { squaredMatrixElement } from '../src/tasks/vector-functions.ts'
import { vectorTasks } from '../src/tasks/vector-tasks.ts'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-vectors-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = (name: string, trainCount: number, seed = 1): Promise<TaskData> =>
  loadTask(findTask(name), { model: 'emlp', seed, settings: { trainCount } })

/** Rows of one part. */
const rowsOf = (data: TaskData, part: 'train' | 'validation' | 'test', count: number): { x: number[]; y: number[] }[] => {
  const batch = data[part].batch(Array.from({ length: count }, (_, i) => i))
  const [x, y] = [batch.x, batch.target].map((value) => Array.from(value === undefined ? [] : toNumbers(value.data))) as [
    number[],
    number[],
  ]
  const { channels, outputs } = data.facts
  return Array.from({ length: count }, (_, k) => ({
    x: x.slice(k * channels, (k + 1) * channels),
    y: y.slice(k * outputs, (k + 1) * outputs),
  }))
}

const times = (matrix: Matrix, v: readonly number[]): number[] =>
  v.map((_, i) => v.reduce((sum, value, j) => sum + (matrix[i * v.length + j] as number) * value, 0))

const norm = (v: readonly number[]): number => Math.hypot(...v)

describe('what is to be learned', () => {
  test('inertia: the sum over the masses of m (|r|^2 1 - r r^T)', async () => {
    for (const { x, y } of rowsOf(await load('inertia', 20), 'train', 20)) {
      expect(Math.min(...x.slice(0, 5))).toBeGreaterThan(0)
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++) {
          let entry = 0
          for (let k = 0; k < 5; k++) {
            const r = x.slice(5 + 3 * k, 8 + 3 * k)
            entry += (x[k] as number) * ((i === j ? norm(r) ** 2 : 0) - (r[i] as number) * (r[j] as number))
          }
          expect(y[3 * i + j]).toBeCloseTo(entry, 4)
        }
    }
  })

  test('o5-invariant: sin |a| - |b|^3 / 2 + the cosine of the angle', async () => {
    for (const { x, y } of rowsOf(await load('o5-invariant', 20), 'test', 20)) {
      const [a, b] = [x.slice(0, 5), x.slice(5)]
      const cosine = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / norm(a) / norm(b)
      expect(y[0]).toBeCloseTo(Math.sin(norm(a)) - norm(b) ** 3 / 2 + cosine, 4)
    }
  })

  test('particle-scattering: for particles with masses, the squared matrix element of quantum electrodynamics', () => {
    const dot = (p: readonly number[], q: readonly number[]): number =>
      p.reduce((sum, value, k) => sum + (k === 0 ? 1 : -1) * value * (q[k] as number), 0)
    const [m, mu] = [0.5, 2]
    const withMass = (mass: number, space: readonly number[]): number[] => [Math.hypot(mass, ...space), ...space]
    for (const [p, q, after, recoil] of [
      [withMass(m, [1, 0, 0]), withMass(mu, [0, 1, 0.5]), withMass(m, [0.3, -1, 0.2]), withMass(mu, [0.1, 0, -2])],
      [withMass(m, [0, 0, 3]), withMass(mu, [0, 0, -3]), withMass(m, [3, 0, 0]), withMass(mu, [-3, 0, 0])],
    ] as const) {
      const inside =
        dot(p, q) * dot(after, recoil) +
        dot(p, recoil) * dot(after, q) -
        mu ** 2 * dot(p, after) -
        m ** 2 * dot(q, recoil) +
        2 * (m * mu) ** 2
      expect(squaredMatrixElement(p, q, after, recoil)).toBeCloseTo(8 * inside, 10)
    }
  })

  test.each(vectorTasks.map(({ name }) => name))('%s follows its group, and no larger one', async (name) => {
    const { facts, ...data } = await load(name, 10)
    const task = vectorTasks.find((each) => each.name === name)
    const value = (x: readonly number[]): readonly number[] => task?.function(x) as readonly number[]
    const group = matrixGroupOf(facts)
    const [input, output] = [representation(group, facts.vectors?.input), representation(group, facts.vectors?.output)]
    const random = seededRandom(1)
    for (const { x, y } of rowsOf({ ...data, facts }, 'validation', 10)) {
      const g = group.random(random, { deviation: 0.5 })
      const [turned, expected] = [value(times(input.matrix(g), x)), times(output.matrix(g), value(x))]
      expect(norm(turned.map((entry, i) => entry - (expected[i] as number)))).toBeLessThan(1e-10 * (1 + norm(expected)))
      expect(y.map((entry, i) => Math.abs(entry - (value(x)[i] as number)) < 1e-5 * (1 + norm(y)))).not.toContain(false)
      const stretched = value(x.map((entry) => 2 * entry))
      expect(norm(stretched.map((entry, i) => entry - (value(x)[i] as number)))).toBeGreaterThan(1e-3 * norm(value(x)))
    }
  })

  test('parts and seeds have other examples; fewer examples are the first ones', async () => {
    const [few, many, other] = [await load('inertia', 5), await load('inertia', 50), await load('inertia', 50, 2)]
    expect(rowsOf(few, 'train', 5)).toEqual(rowsOf(many, 'train', 5))
    const firsts = [rowsOf(many, 'train', 1), rowsOf(many, 'validation', 1), rowsOf(many, 'test', 1), rowsOf(other, 'train', 1)]
    expect(new Set(firsts.map((row) => JSON.stringify(row))).size).toBe(4)
    expect([many.train.length, many.validation.length, many.test.length]).toEqual([50, 1000, 5000])
    await expect(load('inertia', 0)).rejects.toThrow(/expected trainCount to be a whole number from 1 to 30000, received 0/)
  })
})

describe('training', () => {
  /** Trains for some epochs, and gives the folder and the last line. */
  const trained = async (task: string, model: string, epochs: number): Promise<{ out: string; loss: number; rmse: number }> => {
    const out = join(folder, `${task}-${model}-${epochs}`)
    const small = ['--set', 'hidden=32', '--set', 'batchSize=50', '--set', 'learningRate=0.01', '--epochs', `${epochs}`]
    const { status, stdout, stderr } = await equivar('train', task, '--model', model, ...small, '--json', '--out', out)
    expect([status, stderr]).toEqual([0, ''])
    return { out, ...(jsonLines(stdout).at(-1) as { loss: number; rmse: number }) }
  }

  test.each([
    ['inertia', 'holds  follows elements of O(3), which act on y', 20, 9],
    ['o5-invariant', 'holds  unchanged by elements of O(5)', 10, 1],
    ['particle-scattering', 'holds  unchanged by elements of O(1,3)', 16, 1],
  ])('%s: the equivariant network is trained, verified and used', async (task, law, channels, outputs) => {
    const { out, loss, rmse } = await trained(task, 'emlp', 2)
    expect(rmse).toBeCloseTo(Math.sqrt(loss), 6)
    const verified = await equivar('verify', out)
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining(law)])
    writeFileSync('x.json', JSON.stringify({ x: [Array.from({ length: channels }, (_, i) => Math.sin(i + 1))] }))
    const { stdout, stderr } = await equivar('predict', join(out, 'model.onnx'), 'x.json')
    expect(stderr).toBe('')
    const [answer, ...others] = jsonLines<{ y: number[] }>(stdout)
    expect([answer?.y.length, others.length]).toEqual([outputs, 0])
    expect(answer?.y.every(Number.isFinite)).toBe(true)
  })

  test('a network without the symmetry claims none, and has more error', async () => {
    const [equivariant, plain] = [await trained('o5-invariant', 'emlp', 5), await trained('o5-invariant', 'mlp-vectors', 5)]
    expect(equivariant.loss).toBeLessThan(plain.loss)
    const verified = await equivar('verify', plain.out)
    expect(verified.status).toBe(0)
    expect(verified.stdout).not.toContain('elements of')
  })

  test('emlp needs vectors of a known group', () => {
    const build = (facts: object): unknown => buildModel('emlp', {}, { channels: 3, outputs: 1, ...facts }, numbersByRmse(1))
    expect(() => build({})).toThrow(/emlp: expected vectors of O\(3\), O\(5\), O\(1,3\) .* received none/)
    expect(() => build({ vectors: { group: 'SU(7)', input: 'V', output: 'V^0' } })).toThrow(/received SU\(7\)/)
  })
})
