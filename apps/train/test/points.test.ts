import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import { completeEdges } from '@equivar/datasets'
import { inspectOnnx, onnxNodes } from '@equivar/export-onnx'
import { Random, type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
import { runToHost } from '@equivar/verify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { framesFor } from '../src/tasks/forces.ts'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-points-'))
const data = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'data')
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('tetris', () => {
  const run = async (name: string, ...settings: string[]): Promise<{ out: string; accuracy: number; verified: string }> => {
    const out = join(folder, name)
    const { status, stdout, stderr } = await equivar('train', 'tetris', ...settings, '--json', '--out', out)
    expect([status, stderr]).toEqual([0, ''])
    const verified = await equivar('verify', out)
    expect(verified.status).toBe(0)
    return { out, accuracy: jsonLines<{ accuracy: number }>(stdout).at(-1)?.accuracy as number, verified: verified.stdout }
  }

  test('all eight shapes are told apart in any rotation; a mirror image is the other of its pair', async () => {
    const { out, accuracy, verified } = await run('all-shapes')
    expect(accuracy).toBe(1)
    expect(verified).toContain('holds  unchanged by rotations and translations of the points')
    const model = await loadOnnx(join(out, 'model.onnx'))
    const { sources, targets } = completeEdges(4)
    const scoresOf = async (sign: number): Promise<Float64Array> => {
      const feeds = {
        positions: tensorValue(
          'float32',
          [4, 3],
          [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0].map((x) => sign * x),
        ),
        edge_index: tensorValue('int64', [2, sources.length], [...sources, ...targets]),
        batch: tensorValue('int64', [4], [0, 0, 0, 0]),
        num_graphs: tensorValue('int64', [], [1]),
      }
      return toNumbers(((await runToHost(model, feeds)).logits as TensorValue).data)
    }
    const [plain, mirrored] = [await scoresOf(1), await scoresOf(-1)]
    expect([plain, mirrored].map((scores) => scores.indexOf(Math.max(...scores)))).toEqual([0, 1])
    expect(mirrored[1]).toBeCloseTo(plain[0] as number, 4)
    await model.dispose()
  })

  test('without odd scalars the mirror images are the same, so one of them is wrong', async () => {
    const { accuracy, verified } = await run('even-shapes', '--set', 'evenOnly=1')
    expect(accuracy).toBeLessThanOrEqual(7 / 8)
    expect(accuracy).toBeGreaterThanOrEqual(6 / 8)
    expect(verified).toContain('holds  unchanged by rotations, reflections and translations of the points')
  })
})

/** Two particles at rest. */
const pair = {
  x: [[1], [-1]],
  positions: [
    [0, 0, 0],
    [1, 0, 0],
  ],
  velocities: [
    [0, 0, 0],
    [0, 0, 0],
  ],
  edge_index: [
    [0, 1],
    [1, 0],
  ],
}

describe('nbody', () => {
  const small = ['--set', 'hidden=8', '--set', 'layers=2', '--set', 'trainCount=400', '--set', 'heldOut=40', '--set', 'learningRate=0.005']
  const motions = 'follows rotations, reflections and translations of the points, which move y'

  test.each([
    ['egnn-particles', true],
    ['gnn-particles', false],
    ['frames-particles', true],
  ])('%s is trained, evaluated, verified and used', async (model, follows) => {
    const out = join(folder, model)
    const { status, stdout, stderr } = await equivar('train', 'nbody', '--model', model, '--epochs', '4', ...small, '--json', '--out', out)
    expect([status, stderr]).toEqual([0, ''])
    const written = jsonLines<{ train?: { loss: number }; split?: string; loss?: number }>(stdout)
    const losses = written.flatMap(({ train }) => (train === undefined ? [] : [train.loss]))
    expect(losses.at(-1)).toBeLessThan(losses[0] as number)
    expect(jsonLines((await equivar('evaluate', out, '--json')).stdout)[0]).toMatchObject({ split: 'test', loss: written.at(-1)?.loss })
    const verified = await equivar('verify', out)
    expect(verified.status).toBe(0)
    expect(verified.stdout.includes(motions)).toBe(follows)
    if (model === 'frames-particles') return
    writeFileSync(join(folder, 'pair.json'), JSON.stringify(pair))
    const predicted = jsonLines<{ y: number[] }>((await equivar('predict', join(out, 'model.onnx'), join(folder, 'pair.json'))).stdout)
    expect(predicted.map(({ y }) => y.length)).toEqual([3, 3])
    if (!follows) return
    // Two particles at rest on a line stay on it.
    for (const { y } of predicted) for (const c of [1, 2]) expect(Math.abs(y[c] as number)).toBeLessThan(1e-6)
  })
})

describe('forces', () => {
  const out = join(folder, 'cluster')
  const small = ['--set', 'molecule=lennard-jones', '--set', 'channels=8', '--set', 'layers=1', '--set', 'batchSize=50']
  let written: { train?: Record<string, number>; val?: Record<string, number>; forces_mae?: number; mae?: number }[] = []

  beforeAll(async () => {
    const { status, stdout, stderr } = await equivar('train', 'forces', ...small, '--epochs', '3', '--json', '--out', out)
    expect([status, stderr]).toEqual([0, ''])
    written = jsonLines(stdout)
  }, 120_000)

  test('energies and forces are learned together, and both are judged', async () => {
    const epochs = written.flatMap(({ train, val }) => (train === undefined ? [] : [{ train, val }]))
    expect(epochs.at(-1)?.train.forces_mae).toBeLessThan(epochs[0]?.train.forces_mae as number)
    expect(Object.keys(epochs[0]?.val ?? {})).toEqual(['loss', 'mae', 'forces_mae'])
    const { mae, forces_mae } = written.at(-1) as { mae: number; forces_mae: number }
    expect(jsonLines((await equivar('evaluate', out, '--json')).stdout)[0]).toMatchObject({ split: 'test', mae, forces_mae })
    const said = (await equivar('evaluate', out)).stdout
    expect(said).toMatch(/mae \S+ kcal\/mol \(\S+ meV\), forces_mae \S+ kcal\/mol\/angstrom \(\S+ meV\/angstrom\)/)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('forces_mae')
  })

  test('mace learns, too; degrees beyond those of the harmonics are refused', async () => {
    const sizes = ['channels=4', 'layers=1', 'degree=1', 'correlation=2', 'radial=4', 'batchSize=38', 'molecule=lennard-jones']
    const args = ['train', 'forces', '--model', 'mace', ...sizes.flatMap((size) => ['--set', size])]
    const { status, stdout, stderr } = await equivar(...args, '--epochs', '2', '--json', '--out', join(folder, 'mace'))
    expect([status, stderr]).toEqual([0, ''])
    const [first, second] = jsonLines<{ train?: { loss: number } }>(stdout).flatMap(({ train }) =>
      train === undefined ? [] : [train.loss],
    )
    expect(second).toBeLessThan(0.7 * (first as number))
    const refused = await equivar(...args, '--set', 'degree=9', '--out', join(folder, 'refused'))
    expect([refused.status, refused.stderr]).toEqual([2, 'equivar: mace: expected degree to be a whole number from 1 to 8, received 9\n'])
  })

  test('forces turn with the atoms, in the file as in the reference', async () => {
    const verified = await equivar('verify', out)
    expect(verified.stdout).toContain('holds  follows rotations, reflections and translations of the points, which turn forces')
    expect(verified.stdout).toContain('holds  the file on ONNX Runtime agrees with the float64 reference')
    expect(verified.status).toBe(0)
  })

  test('one file gives both, with standard operators, for any number of atoms and edges; forces are minus the derivative of the energy', async () => {
    const bytes = readFileSync(join(out, 'model.onnx'))
    expect(onnxNodes(bytes, 'model.onnx').filter(({ operator }) => operator.includes('.'))).toEqual([])
    const { inputs, outputs, metadata } = inspectOnnx(bytes, 'model.onnx')
    expect(Object.fromEntries(inputs.map(({ name, shape }) => [name, shape]))).toMatchObject({
      positions: ['nodes', 3],
      edge_index: [2, 'edges'],
    })
    expect(outputs.map(({ name }) => name)).toEqual(['energy', 'forces'])
    expect(JSON.parse(metadata.config as string).energyOffset).toBeLessThan(0)
    const model = await loadOnnx(join(out, 'model.onnx'))
    const random = new Random({ seed: 1, stream: 'atoms' })
    for (const atoms of [2, 5]) {
      const { sources, targets } = completeEdges(atoms)
      const places = Float64Array.from({ length: 3 * atoms }, () => 1.3 * random.normal())
      const feeds = (positions: Float64Array): Record<string, TensorValue> => ({
        x: tensorValue('float32', [atoms, 1], new Float32Array(atoms).fill(1)),
        positions: tensorValue('float32', [atoms, 3], positions),
        edge_index: tensorValue('int64', [2, sources.length], [...sources, ...targets]),
        batch: tensorValue('int64', [atoms], new Array<number>(atoms).fill(0)),
        num_graphs: tensorValue('int64', [], [1]),
      })
      const numbers = async (name: string, positions: Float64Array): Promise<Float64Array> =>
        toNumbers(((await runToHost(model, feeds(positions)))[name] as TensorValue).data)
      const given = await numbers('forces', places)
      const largest = Math.max(...given.map(Math.abs))
      expect(largest).toBeGreaterThan(0)
      for (let c = 0; c < places.length; c++) {
        const at = async (by: number): Promise<number> =>
          (
            await numbers(
              'energy',
              places.map((x, i) => x + (i === c ? by : 0)),
            )
          )[0] as number
        const [ahead, behind] = [await at(0.01), await at(-0.01)]
        expect(Math.abs((given[c] as number) + (ahead - behind) / 0.02)).toBeLessThan(0.02 * largest)
      }
    }
    await model.dispose()
  })

  test('the file moves the atoms of a test frame: the command for drift keeps energy, momentum and angular momentum', async () => {
    const script = resolve(import.meta.dirname, '../bench/experiments/drift.mjs')
    const args = [out, '--steps', '20', '--step', '5fs', '--temperature', '18K', '--frame', '3']
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^lennard-jones, painn, 13 atoms, 20 steps of 5 fs from 18 K\ndrift +\S+ meV per atom\n/)
    const found = JSON.parse(readFileSync(join(out, 'drift.json'), 'utf8')) as Record<'largest' | 'momentum' | 'angularMomentum', number>
    expect(found.largest).toBeLessThan(0.01)
    expect(Math.max(found.momentum, found.angularMomentum)).toBeLessThan(1e-5)
    expect(readFileSync(join(out, 'drift.svg'), 'utf8')).toContain('change of the total energy')
  })

  test('training and test frames are of one cluster: their mean energies are nearer than those of two frames', async () => {
    const { train, validation, test: frames } = await framesFor({ seed: 1, settings: { molecule: 2 } })
    expect([train.length, validation.length, frames.length]).toEqual([950, 50, 1000])
    const mean = (numbers: Float64Array): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
    const [ofTraining, ofTest] = [mean(train.energies), mean(frames.energies)]
    const spread = Math.sqrt(mean(train.energies.map((energy) => (energy - ofTraining) ** 2)))
    expect(Math.abs(ofTest - ofTraining)).toBeLessThan(spread)
  })

  test('predict gives the energy and the forces of a molecule; other molecules are named', async () => {
    const atoms = {
      x: [[1], [1]],
      positions: pair.positions.map(([x]) => [4 * (x as number), 0, 0]),
      edge_index: pair.edge_index,
      batch: [0, 0],
    }
    writeFileSync(join(folder, 'atoms.json'), JSON.stringify({ ...atoms, num_graphs: 1 }))
    const predicted = jsonLines((await equivar('predict', join(out, 'model.onnx'), join(folder, 'atoms.json'))).stdout)
    expect(predicted.map((line) => Object.keys(line)[0])).toEqual(['energy', 'forces', 'forces'])
    const [first, second] = predicted.slice(1).map((line) => line.forces as number[])
    for (const c of [0, 1, 2]) expect(first?.[c]).toBeCloseTo(-(second?.[c] as number), 5)
    const unknown = await equivar('train', 'forces', '--set', 'molecule=water', '--out', join(folder, 'water'))
    expect(unknown.stderr).toContain('expected molecule=ethanol|aspirin|lennard-jones, received "molecule=water"')
    expect(unknown.status).toBe(2)
  })
})

test.skipIf(!existsSync(join(data, 'molecules')))(
  'qm7-energies: energies are learned from atoms in space (skipped without the data folder)',
  async () => {
    const out = join(folder, 'qm7')
    const small = ['--set', 'channels=8', '--set', 'layers=1', '--set', 'radius=3', '--set', 'batchSize=256', '--epochs', '2']
    const { status, stdout, stderr } = await equivar('train', 'qm7-energies', '--data', data, ...small, '--json', '--out', out)
    expect([status, stderr]).toEqual([0, ''])
    const [first, second, test] = jsonLines<{ train?: { mae: number }; mae?: number; rmse?: number }>(stdout).slice(-3)
    expect(second?.train?.mae).toBeLessThan(first?.train?.mae as number)
    expect(test?.rmse).toBeGreaterThan(test?.mae as number)
    const verified = await equivar('verify', out, '--data', data)
    expect(verified.stdout).toContain('holds  unchanged by rotations, reflections and translations of the points')
    expect(verified.status).toBe(0)
  },
  120_000,
)
