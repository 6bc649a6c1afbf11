import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { formatGraph6, type Graph } from '@equivar/datasets'
import { evaluate, input, program, tensorValue } from '@equivar/tensor'
import { afterAll, describe, expect, test } from 'vitest'
import { choice, classes, type Goal, nodes, numbers } from '../src/goals.ts'
import { buildModel, defaultSettings, findTask, tasks } from '../src/registry.ts'
import { scheduleOf } from '../src/schedule.ts'
import { equivar, jsonLines as lines } from './in-process.ts'

const data = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'data')
const folder = mkdtempSync(join(tmpdir(), 'equivar-tasks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

process.chdir(folder)

test('a decay follows the recipe, or scales with the number of epochs', () => {
  const recipe = { epochs: 16, batchSize: 32, learningRate: 1 }
  const falls = (epochs: number, stretches: boolean): number[] => {
    const rate = scheduleOf({ ...recipe, decay: { every: 4, factor: 0.5, minimum: 0.2, stretches } }, { learningRate: 1, epochs })
    return Array.from({ length: epochs }, (_, epoch) => rate(epoch))
  }
  expect(falls(8, false)).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5])
  expect(falls(8, true)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2])
  expect(falls(1, true)).toEqual([1])
  expect(falls(32, true).indexOf(0.5)).toBe(8)
  expect(scheduleOf(recipe, { learningRate: 0.1, epochs: 3 })(2)).toBe(0.1)
})

const goals: [string, Goal, number[], ReturnType<typeof tensorValue>][] = [
  ['classes', classes, [3, 4], tensorValue('int64', [3], [1, 0, 3])],
  ['nodes', nodes, [4, 3], tensorValue('int64', [4], [1, -1, 2, -1])],
  ['choice', choice, [2, 5], tensorValue('int64', [2], [4, 0])],
  ['numbers', numbers(2.5), [3, 2], tensorValue('float32', [3, 2], [1, 2, 3, -4, 5, 6])],
]
test.each(goals)('goal %s: loss and metric in training agree with those on the host', (_, goal, shape, target) => {
  const [output, wanted] = [input('output', 'float32', shape), goal.target(shape[0] as number, shape[1] as number)]
  const p = program({
    inputs: { output, target: wanted },
    outputs: { loss: goal.loss(output, wanted), metric: goal.measure(output, wanted) },
  })
  const values = Float64Array.from({ length: (shape[0] as number) * (shape[1] as number) }, (_, i) => 3 * Math.sin(2.3 * i + 1))
  const { loss, metric } = evaluate(p, { output: { dtype: 'float32', shape, data: values }, target })
  const judged = goal.judge(values, shape[1] as number, target)
  expect(judged.loss / judged.count).toBeCloseTo(loss?.data[0] as number, 6)
  expect(judged.metric / judged.count).toBeCloseTo(metric?.data[0] as number, 6)
})

test.each(goals)('goal %s: targets that do not fit the outputs are refused in training and on the host', (_, goal, shape, target) => {
  const output = input('output', 'float32', shape)
  const column = input('target', target.dtype, [...target.shape, 1])
  expect(() => goal.loss(output, column)).toThrow(/expected .* received .*\[/)
  expect(() => goal.measure(output, column)).toThrow(/expected .* received .*\[/)
  const values = new Float64Array((shape[0] as number) * (shape[1] as number))
  for (const few of [values.subarray(shape[1] as number), values.subarray(1)])
    expect(() => goal.judge(few, shape[1] as number, target)).toThrow(
      /judge: expected outputs for targets \[.*received \d+ numbers in rows of \d/,
    )
})

test('every model of every task can be built, with its own settings', () => {
  for (const task of tasks)
    for (const model of task.models) {
      const facts = {
        channels: 5,
        outputs: 3,
        bandwidth: 6,
        ...(['digit-sum', 'outliers'].includes(task.name) ? { element: 'image' as const } : {}),
        ...(model === 'emlp' ? { vectors: { group: 'O(5)', input: 'V', output: '3V^0' } } : {}),
        ...(model === 'etn' ? { transformation: 'shearX' as const } : {}),
      }
      const built = buildModel(model, {}, facts, task.goal(facts))
      expect(built.output().shape.length, `${task.name} ${model}`).toBeGreaterThan(0)
      expect(built.goal.loss(built.output(), built.target).shape, `${task.name} ${model}`).toEqual([])
      expect(Object.values(defaultSettings(model)).every(Number.isFinite)).toBe(true)
      expect(task.recipe(model).epochs).toBeGreaterThan(0)
    }
  expect(findTask('tu:ANY').name).toBe('tu:ANY')
  expect(() => buildModel('none', {}, { channels: 1, outputs: 1 }, classes)).toThrow('received "none"')
})

test('population: regression is trained, evaluated, verified and used', async () => {
  const out = join(folder, 'population')
  const { status, stdout, stderr } = await equivar(
    'train',
    'population',
    '--epochs',
    '2',
    '--set',
    'hidden=8',
    '--set',
    'trainSets=512',
    '--json',
    '--out',
    out,
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const written = lines(stdout)
  const [first, second, last] = [written.at(-3), written.at(-2), written.at(-1)] as {
    train?: { mae: number }
    split?: string
    mae?: number
  }[]
  expect(second?.train?.mae).toBeLessThan(first?.train?.mae as number)
  expect(last).toMatchObject({ split: 'test', mae: expect.any(Number) })
  expect(lines((await equivar('evaluate', out, '--json')).stdout)[0]).toMatchObject({ split: 'test', mae: last?.mae })
  expect((await equivar('verify', out)).status).toBe(0)
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Mean absolute error on the test set')
  writeFileSync(
    join(folder, 'points.json'),
    JSON.stringify({
      x: [
        [
          [1, 0],
          [0.5, -1],
          [-1, 0.2],
        ],
      ],
    }),
  )
  expect(lines((await equivar('predict', join(out, 'model.onnx'), join(folder, 'points.json'))).stdout)).toEqual([
    { y: [expect.any(Number)] },
  ])
})

test.skipIf(!existsSync(join(data, 'planetoid')))('cora: nodes are classified (skipped without the data folder)', async () => {
  const out = join(folder, 'cora')
  const { status, stdout, stderr } = await equivar('train', 'cora', '--epochs', '30', '--data', data, '--json', '--out', out)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(lines(stdout).at(-1)?.accuracy).toBeGreaterThan(0.6)
  const verified = await equivar('verify', out, '--data', data)
  expect(verified.stdout).toContain('holds  follows permutations of the edges and of the nodes, which permute the logits')
  expect(verified.status).toBe(0)
})

test.skipIf(!existsSync(join(data, 'tu')))(
  'mutag: finished folds are kept, and the rest is trained later (skipped without the data folder)',
  async () => {
    const out = join(folder, 'folds')
    const args = [
      'train',
      'mutag',
      '--folds',
      '10',
      '--epochs',
      '1',
      '--set',
      'hidden=4',
      '--set',
      'batchSize=8',
      '--data',
      data,
      '--out',
      out,
    ]
    expect(await equivar(...args, '--resume')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('expected finished folds to resume from'),
    })
    expect(await equivar(...args, '--json')).toMatchObject({ status: 0, stderr: '' })
    const whole = readFileSync(join(out, 'folds.json'), 'utf8')
    const kept = readFileSync(join(out, 'folds.jsonl'), 'utf8').trimEnd().split('\n')
    expect(kept).toHaveLength(10)
    // As after a kill during the write of the seventh line.
    writeFileSync(join(out, 'folds.jsonl'), `${kept.slice(0, 6).join('\n')}\n${kept[6]?.slice(0, 9)}`)
    rmSync(join(out, 'folds.json'))
    expect((await equivar(...args, '--resume', '--epochs', '2')).stderr).toContain('expected to resume {"epochs":1}, received {"epochs":2}')
    const resumed = await equivar(...args, '--resume')
    expect(resumed).toMatchObject({ status: 0, stderr: '' })
    expect(resumed.stdout.match(/fold \d: best/g)).toHaveLength(10)
    expect(readFileSync(join(out, 'folds.json'), 'utf8')).toBe(whole)
  },
)

describe('equivar separate', () => {
  const cycle = (...lengths: number[]): Graph => {
    const [sources, targets]: [number[], number[]] = [[], []]
    let start = 0
    for (const length of lengths) {
      for (let i = 0; i < length; i++) {
        const [a, b] = [start + i, start + ((i + 1) % length)]
        sources.push(a, b)
        targets.push(b, a)
      }
      start += length
    }
    return { nodes: start, edges: { sources: Int32Array.from(sources), targets: Int32Array.from(targets) } } as Graph
  }
  const file = join(folder, 'cycles.g6')
  writeFileSync(file, formatGraph6([cycle(6), cycle(3, 3), cycle(7), cycle(3, 4)]))

  test.each([
    ['wl', 2],
    ['wl2', 2],
    ['fwl2', 0],
    ['gin', 2],
    ['ign', 2],
    ['ppgn', 0],
  ])('by %s: %i of the pairs are not separated', async (by, equal) => {
    expect(lines((await equivar('separate', file, '--by', by, '--json')).stdout)).toEqual([{ graphs: 4, pairs: 6, equal }])
    expect(lines((await equivar('separate', file, '--by', by, '--pairs', '--json')).stdout)).toEqual([{ graphs: 4, pairs: 2, equal }])
    const reference = await equivar('separate', file, '--by', by, '--precision', 'float64', '--json')
    expect(lines(reference.stdout)).toEqual([{ graphs: 4, pairs: 6, equal }])
  })

  test('invalid options give one line', async () => {
    writeFileSync(join(folder, 'three.g6'), formatGraph6([cycle(3), cycle(4), cycle(5)]))
    const odd = await equivar('separate', join(folder, 'three.g6'), '--by', 'wl', '--pairs')
    expect([odd.status, odd.stderr.trim().split('\n').length]).toEqual([2, 1])
    expect(odd.stderr).toContain('expected an even number of graphs for --pairs, received 3')
    expect((await equivar('separate', file)).status).toBe(2)
    expect((await equivar('separate', file, '--by', 'colour')).stderr).toContain('wl, wl2, fwl2, gin, ign, ppgn')
    expect((await equivar('separate', join(folder, 'none.g6'), '--by', 'wl')).status).toBe(2)
  })

  const expressive = join(data, 'expressive')
  const separated = async (file: string, ...args: string[]): Promise<unknown[]> =>
    lines((await equivar('separate', join(expressive, file), '--json', ...args)).stdout)

  test.skipIf(!existsSync(expressive))('strongly regular graphs (skipped without the data folder)', async () => {
    const none = [{ graphs: 15, pairs: 105, equal: 105 }]
    for (const by of ['wl', 'fwl2', 'gin', 'ign', 'ppgn']) expect(await separated('sr/sr251256.g6', '--by', by)).toEqual(none)
    expect(await separated('sr/sr251256.g6', '--by', 'ppgn', '--precision', 'float64')).toEqual(none)
  })

  test.skipIf(!existsSync(expressive))('all connected graphs of 8 nodes (skipped without the data folder)', async () => {
    expect(await separated('small/graph8c.g6', '--by', 'wl')).toEqual([{ graphs: 11_117, pairs: 61_788_286, equal: 312 }])
    for (const by of ['fwl2', 'ppgn']) expect(await separated('small/graph8c.g6', '--by', by)).toMatchObject([{ equal: 0 }])
  })
})
