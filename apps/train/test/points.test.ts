import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-points-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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
    writeFileSync(join(folder, 'pair.json'), JSON.stringify(pair))
    const predicted = jsonLines<{ y: number[] }>((await equivar('predict', join(out, 'model.onnx'), join(folder, 'pair.json'))).stdout)
    expect(predicted.map(({ y }) => y.length)).toEqual([3, 3])
    if (!follows) return
    // Two particles at rest on a line stay on it.
    for (const { y } of predicted) for (const c of [1, 2]) expect(Math.abs(y[c] as number)).toBeLessThan(1e-6)
  })
})
