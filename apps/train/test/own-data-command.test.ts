import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { equivar, jsonLines } from './in-process.ts'
import { communities, graphs, type Line, lengths, sets, weights, writeLines } from './own-examples.ts'
import { expectRefused } from './small-run.ts'

const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
const folder = mkdtempSync(join(tmpdir(), 'equivar-own-'))
process.env.CUDA_VISIBLE_DEVICES = '-1'
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const trainOwn = (file: string, ...args: string[]) => equivar('train', '--data', file, '--threads', '1', '--out', `runs/${file}`, ...args)

/** The figure that `evaluate` prints for the test part. */
async function tested(run: string): Promise<Record<string, number>> {
  const { stdout, stderr, status } = await equivar('evaluate', run, '--split', 'test', '--json')
  expect([stderr, status]).toEqual(['', 0])
  return jsonLines<Record<string, number>>(stdout)[0] as Record<string, number>
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Own data, and what a network must reach that guesses better than always the same. */
const cases: readonly { name: string; lines: readonly Line[]; epochs: number; atLeast?: number; atMost?: number }[] = [
  { name: 'label', lines: sets(150, (_, far) => ({ label: far ? 'far' : 'near' })), epochs: 8, atLeast: 0.85 },
  { name: 'y', lines: sets(200, (x) => ({ y: mean(x.map(([a]) => a as number)) })), epochs: 12, atMost: 0.7 },
  { name: 'two-y', lines: sets(200, (x, far) => ({ y: [mean(x.map(([a]) => a as number)), far ? 7 : 5] })), epochs: 12, atMost: 0.7 },
  { name: 'labels', lines: sets(150, (x) => ({ labels: x.map(([, b]) => ((b as number) > 0 ? 'up' : 'down')) })), epochs: 8, atLeast: 0.8 },
  { name: 'ys', lines: sets(150, (x) => ({ ys: x.map(([, b], i) => (i === 1 ? null : 10 * (b as number))) })), epochs: 12, atMost: 5 },
  {
    name: 'chosen',
    lines: sets(200, (x) => ({ chosen: x.reduce((best, [, b], i) => ((b as number) > (x[best]?.[1] as number) ? i : best), 0) })),
    epochs: 10,
    atLeast: 0.6,
  },
  { name: 'graphs', lines: graphs(120), epochs: 12, atLeast: 0.85 },
  { name: 'nodes', lines: [communities(90)], epochs: 40, atLeast: 0.8 },
  { name: 'lengths', lines: lengths(120), epochs: 12, atLeast: 0.85 },
  { name: 'weights', lines: [weights(90)], epochs: 40, atLeast: 0.85 },
]

describe.each(cases)('$name', ({ name, lines, epochs, atLeast, atMost }) => {
  const file = `${name}.ndjson`
  const run = `runs/${file}`

  test('trains, and beats what is always the same', async () => {
    writeLines(file, lines)
    const { status, stderr } = await trainOwn(file, '--epochs', String(epochs), '--json')
    expect([stderr, status]).toEqual(['', 0])
    const { accuracy, mae } = await tested(run)
    if (atLeast !== undefined) expect(accuracy).toBeGreaterThanOrEqual(atLeast)
    if (atMost !== undefined) expect(mae).toBeLessThanOrEqual(atMost)
  })

  test('verify holds', async () => {
    const { status, stderr } = await equivar('verify', run)
    expect([stderr, status]).toEqual(['', 0])
  })
})

test('a model that leaves out the features of edges says so', async () => {
  const { stdout } = await trainOwn('lengths.ndjson', '--model', 'gin', '--epochs', '0', '--overwrite')
  expect(stdout).toContain('gin leaves out the features of edges; gine uses them')
})

describe('predict, in its own process, as worker threads need the built files', () => {
  const predicted = <Answer>(run: string, lines: readonly Line[]): Answer[] => {
    writeLines('raw.ndjson', lines)
    const args = [command, 'predict', `runs/${run}.ndjson/model.onnx`, 'raw.ndjson']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
    return jsonLines<Answer>(stdout)
  }

  test('takes raw lines and answers with the names of classes as they went in', () => {
    const answers = predicted<{ class: string }>(
      'label',
      sets(30, () => ({})),
    )
    expect(answers.filter((line, i) => line.class === (i % 3 === 0 ? 'far' : 'near')).length).toBeGreaterThan(24)
  })

  test('takes the lines that train', () => {
    const lines = graphs(30)
    expect(predicted<{ class: string }>('graphs', lines).filter((line, i) => line.class === lines[i]?.label).length).toBeGreaterThan(24)
  })

  test('answers with numbers in the units that went in', () => {
    const [far, near] = predicted<{ y: [number, number] }>('two-y', [
      {
        x: [
          [103, 0],
          [103, 0],
        ],
      },
      { x: [[99, 0]] },
    ])
    expect(Math.abs((far?.y[0] ?? 0) - 103)).toBeLessThan(0.7)
    expect(Math.abs((near?.y[0] ?? 0) - 99)).toBeLessThan(0.7)
    expect(Math.abs((far?.y[1] ?? 0) - 7)).toBeLessThan(0.7)
  })

  test('answers with the class of each element', () => {
    const [two, one] = predicted<{ classes: string[]; probabilities: number[] }>('labels', [
      {
        x: [
          [100, 2],
          [100, -2],
        ],
      },
      { x: [[100, 3]] },
    ])
    expect([two?.classes, one?.classes]).toEqual([['up', 'down'], ['up']])
    expect(two?.probabilities.every((share) => share > 0.5 && share <= 1)).toBe(true)
  })
})

describe('predict takes files such as the model was trained on', () => {
  /** Sets of temperatures: warm or cold, with a column of texts that helps. */
  const rows = (count: number, labelled: boolean): string => {
    const lines = [labelled ? 'set,temperature,sky,label' : 'sky,note,set,temperature']
    for (let set = 0; set < count; set++)
      for (let k = 0; k < 2 + (set % 3); k++) {
        const [warm, sky] = [set % 2 === 0, (set + k) % 5 === 0 ? 'grey' : 'blue']
        const temperature = (warm ? 25 : 5) + ((set * 7 + k * 3) % 9) - 4
        lines.push(labelled ? `s${set},${temperature},${sky},${warm ? 'summer' : 'winter'}` : `${sky},n${set}.${k},s${set},${temperature}`)
      }
    return `${lines.join('\n')}\n`
  }
  /** What `predict` prints, in its own process. */
  const ran = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [command, 'predict', ...args], { encoding: 'utf8' })

  test('a table without the class, with its columns in another order and one more; the names of the sets come back', async () => {
    writeFileSync('days.csv', rows(120, true))
    writeFileSync('new-days.csv', rows(20, false))
    expect((await trainOwn('days.csv', '--epochs', '15', '--json')).status).toBe(0)
    const { status, stdout, stderr } = ran('runs/days.csv/model.onnx', 'new-days.csv')
    expect([status, stderr]).toEqual([0, ''])
    const answers = jsonLines<{ id: string; class: string }>(stdout)
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, set) => `s${set}`))
    expect(answers.filter((line, set) => line.class === (set % 2 === 0 ? 'summer' : 'winter')).length).toBeGreaterThan(17)
  }, 120_000)

  test.each([
    ['set,sky\na,blue\n', 'new.csv: expected the column "temperature", which the model was trained on, received set, sky'],
    [
      'set,temperature,sky\na,3,green\n',
      'new.csv, example 1: "x": expected a number or one of "blue", "grey" in channel 1, received "green"',
    ],
    ['set,temperature,sky\na,3,7\n', 'new.csv, example 1: "x": expected a number or one of "blue", "grey" in channel 1, received "7"'],
    ['set,temperature,sky\na,cold,blue\n', 'new.csv, example 1: "x": expected numbers in nested arrays, received "cold"'],
  ])('a table that does not fit is refused: %j', (table, message) => {
    writeFileSync('new.csv', table)
    const { status, stderr } = ran('runs/days.csv/model.onnx', 'new.csv')
    expect([status, stderr.startsWith(`equivar: ${message}`)], stderr).toEqual([2, true])
  })

  test('other models say what they take', () => {
    writeFileSync('one.xyz', '1\n\nH 0 0 0\n')
    const { status, stderr } = ran('runs/label.ndjson/model.onnx', 'one.xyz')
    expect([status, stderr]).toEqual([2, expect.stringMatching(/expected/)])
  })

  test('the id of a line comes back with its prediction', () => {
    writeLines('ids.ndjson', [{ id: 'first', x: [[100, 0]] }, { id: 7, x: [[100, 0]] }, { x: [[100, 0]] }])
    const { stdout } = ran('runs/label.ndjson/model.onnx', 'ids.ndjson')
    expect(jsonLines<{ id?: unknown }>(stdout).map(({ id }) => id)).toEqual(['first', 7, undefined])
  })
})

test('a run that is resumed ends as one that never stopped', async () => {
  const same = ['--epochs', '4', '--threads', '1']
  await equivar('train', '--data', 'label.ndjson', '--out', 'whole', ...same)
  await equivar('train', '--data', 'label.ndjson', '--out', 'halves', '--epochs', '2', '--threads', '1', '--set', 'learningRate=0.002')
  const { status, stderr } = await equivar('train', '--data', 'label.ndjson', '--out', 'halves', '--resume', ...same)
  expect([stderr, status]).toEqual(['', 0])
  const figures = (run: string) => jsonLines<{ epoch: number }>(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).map(({ epoch }) => epoch)
  expect(figures('halves')).toEqual([1, 2, 3, 4])
  const other = writeLines(
    'other.ndjson',
    sets(60, (_, far) => ({ label: far ? 'a' : 'b' })),
  )
  expectRefused(await equivar('train', '--data', other, '--out', 'halves', '--resume', ...same), /expected to resume/)
})

test('the same seed gives the same bytes, and the report has no undefined or object', async () => {
  await equivar('train', '--data', 'label.ndjson', '--out', 'again', '--epochs', '4', '--threads', '1')
  expect(readFileSync('again/model.onnx')).toEqual(readFileSync('whole/model.onnx'))
  const page = readFileSync('whole/report.html', 'utf8')
  expect(page).not.toMatch(/\[object|undefined|NaN/)
  expect(page).toContain('<h1>label.ndjson: deepsets</h1>')
  expect(page).toContain('<h2>Test examples it got most wrong</h2>')
})

test('without --out the folder is named after the file', async () => {
  const { stdout, status } = await equivar('train', '--data', 'label.ndjson', '--epochs', '1', '--threads', '1')
  expect(status).toBe(0)
  expect(existsSync('runs/label/model.onnx')).toBe(true)
  expect(stdout).toContain(
    '150 sets; elements: 2 to 6, median 4; 2 channels\n2 classes: near 66.7 %, far 33.3 %\ntrain 120, validation 15, test 15\n',
  )
})

test('three files are the three parts', async () => {
  const names = [60, 10, 20].map((count, i) =>
    writeLines(
      `part-${i}.ndjson`,
      sets(count, (_, far) => ({ label: far ? 'far' : 'near' })),
    ),
  )
  const { stdout, stderr, status } = await equivar('train', '--data', names.join(), '--epochs', '1', '--threads', '1', '--out', 'three')
  expect([stderr, status]).toEqual(['', 0])
  expect(stdout).toContain('train 60, validation 10, test 20; 30 examples of validation and test occur in an earlier part, too')
})

describe('cross-validation', () => {
  const folded = (file: string, ...args: string[]) =>
    equivar('train', '--data', file, '--folds', '3', '--epochs', '3', '--out', `folds/${file}`, ...args)

  test.each([
    ['label.ndjson', 'accuracy'],
    ['y.ndjson', 'mae'],
    ['nodes.ndjson', 'accuracy'],
  ])('random folds of %s are compared by %s', async (file, metric) => {
    const { stdout, stderr, status } = await folded(file, '--json')
    expect([stderr, status]).toEqual(['', 0])
    const lines = jsonLines<{ fold?: number; curve?: number[]; epoch: number; perFold: number[] } & Record<string, number>>(stdout)
    expect(
      lines
        .slice(0, 3)
        .map(({ fold }) => fold)
        .sort(),
    ).toEqual([0, 1, 2])
    const curves = lines.slice(0, 3).map(({ curve }) => curve as number[])
    const averaged = [0, 1, 2].map((epoch) => mean(curves.map((curve) => curve[epoch] as number)))
    const [best, factor] = metric === 'mae' ? [Math.min(...averaged), 1] : [Math.max(...averaged), 100]
    const summary = lines.at(-1) as (typeof lines)[number]
    expect(summary[metric]).toBeCloseTo(factor * best, 9)
    expect(summary.epoch).toBe(averaged.indexOf(best) + 1)
    expect(summary.perFold).toHaveLength(3)
  })

  test('what it says names no published result', async () => {
    const { stdout } = await folded('y.ndjson', '--overwrite')
    expect(stdout).toMatch(/\n3 folds, epoch \d: mae \d[\d.]* \+- \d[\d.]*\n$/)
    expect(stdout).not.toMatch(/published|train \d/)
  })

  test('one fold alone', async () => {
    const { stdout, status } = await folded('label.ndjson', '--overwrite', '--fold', '2')
    expect(status).toBe(0)
    expect(stdout).toContain('fold 2: best')
    expect(stdout).not.toContain('fold 1:')
  })

  test.each([
    ['more folds than examples', ['--folds', '151'], /--folds: randomFolds: expected from 2 to 150 folds of 150 examples, received 151/],
    ['a split beside folds', ['--split', '0.6,0.2,0.2'], /expected --split or --folds, received both/],
    ['a fold that is none', ['--fold', '3'], /expected --fold from 0 to 2, received 3/],
  ])('refuses %s', async (_, args, message) => {
    expectRefused(await folded('label.ndjson', '--overwrite', ...args), message)
  })
})

describe('refuses, in one line', () => {
  test.each([
    ['a file that is not there', 'nowhere.ndjson', [], /--data: .*nowhere\.ndjson does not exist/],
    [
      'a model of another kind',
      'label.ndjson',
      ['--model', 'gin'],
      /expected a model of .*\(deepsets, settransformer, pointnet\), received "gin"/,
    ],
    [
      'a split that sums to more than 1',
      'label.ndjson',
      ['--split', '0.8,0.2,0.2'],
      /--split: expected three shares that sum to 1, such as 0\.8,0\.1,0\.1, received 0\.8,0\.2,0\.2/,
    ],
    ['an empty part', 'label.ndjson', ['--split', '0.5,0.5,0'], /expected examples for every part of the split, received .*0 for test/],
    [
      'a kind that the data are not',
      'label.ndjson',
      ['--kind', 'image'],
      /label\.ndjson, line 1: expected x of shape \[channels, height, width\] for a image/,
    ],
    ['a kind that there is not', 'label.ndjson', ['--kind', 'heap'], /--kind: expected one of set, graph/],
  ] as const)('%s', async (_, file, args, message) => {
    expectRefused(await equivar('train', '--data', file, '--out', 'refused', '--epochs', '1', ...args), message)
    expect(existsSync('refused')).toBe(false)
  })

  test('own data by the name of a task', async () => {
    const refused = await equivar('train', 'own-data', '--epochs', '1')
    expectRefused(refused, /expected a task \(signals, .*\), received "own-data"/)
  })

  test('options of own data for a task', async () => {
    expectRefused(
      await equivar('train', 'signals', '--split', '0.8,0.1,0.1'),
      /--split: expected own data \(--data FILE without a task\), received the task signals/,
    )
  })
})
