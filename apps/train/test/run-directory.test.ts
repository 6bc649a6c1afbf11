import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadCheckpoint, saveCheckpoint } from '@equivar/train/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lockRun } from '../src/run/run-lock.ts'
import { equivar, jsonLines } from './in-process.ts'
import { checkpoint, copyOf, expectRefused, small, train } from './small-run.ts'

const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
const folder = mkdtempSync(join(tmpdir(), 'equivar-run-'))
process.chdir(folder)
process.env.CUDA_VISIBLE_DEVICES = '-1'
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  expect(await train('a', '--epochs', '2')).toMatchObject({ status: 0, stderr: '' })
  expect(await train('b', '--epochs', '1', '--seed', '9')).toMatchObject({ status: 0, stderr: '' })
}, 120_000)

describe('a folder holds one run', () => {
  test('a second run is refused; --overwrite replaces all of the first', async () => {
    const out = copyOf('a', 'again')
    const before = readFileSync(checkpoint(out))
    expectRefused(
      await train(out, '--epochs', '1', '--seed', '9'),
      /again: expected a folder without a run, found .*--resume .*--overwrite/,
    )
    expectRefused(await equivar('train', 'mutag', '--folds', '10', '--out', out), /expected a folder without a run/)
    expect(readFileSync(checkpoint(out))).toEqual(before)
    writeFileSync(join(out, 'folds.json'), '{}')
    writeFileSync(join(out, 'notes.txt'), 'mine')
    expect(await train(out, '--epochs', '1', '--seed', '9', '--overwrite')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(checkpoint(out))).toEqual(readFileSync(checkpoint('b')))
    expect(readFileSync(join(out, 'model.onnx'))).toEqual(readFileSync('b/model.onnx'))
    expect(readFileSync(join(out, 'config.json'))).toEqual(readFileSync('b/config.json'))
    expect(readdirSync(out).sort()).toEqual([...readdirSync('b'), 'notes.txt'].sort())
    expectRefused(await train(out, '--resume', '--overwrite'), /expected --resume or --overwrite, received both/)
  })

  test('a configuration beside the checkpoint of another run is never resumed, evaluated, verified or exported', async () => {
    const out = copyOf('a', 'mixed')
    cpSync('b/config.json', join(out, 'config.json'))
    expectRefused(await train(out, '--resume', '--seed', '9'), /mixed: expected to resume \{"seed":1\}, received \{"seed":9\}/)
    for (const args of [
      ['evaluate'],
      ['verify'],
      ['export', '--out', 'none.onnx'],
      ['export', '--what', 'train-step', '--out', 'none.onnx'],
    ])
      expectRefused(await equivar(args[0] as string, out, ...args.slice(1)), /model.onnx|train-step.onnx: expected .*"seed":1.*"seed":9/)
    // The checkpoint of a finished file in the folder of another run.
    const other = copyOf('a', 'swapped')
    cpSync(checkpoint('b'), checkpoint(other))
    expectRefused(await train(other, '--resume', '--epochs', '3'), /expected to resume \{"seed":9\}, received \{"seed":1\}/)
    expectRefused(await equivar('verify', other), /checkpoint.safetensors: expected to resume \{"seed":9\}/)
  })

  test('killed between the files of an overwrite: what is left is one run, or none', async () => {
    // As after a kill when the checkpoint of the old run is gone and its configuration still there.
    const out = copyOf('a', 'half')
    rmSync(checkpoint(out))
    expectRefused(await train(out, '--resume', '--seed', '9'), /"seed":1.*"seed":9/)
    expect(await train(out, '--resume', '--epochs', '2')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(checkpoint(out))).toEqual(readFileSync(checkpoint('a')))
    expectRefused(await train('nothing', '--resume'), /expected a checkpoint to resume from, found none/)
  })

  test('temporary files of a killed process are removed by the next run', async () => {
    const out = copyOf('a', 'littered')
    writeFileSync(`${checkpoint(out)}.123.abc.tmp`, 'half')
    writeFileSync(join(out, 'run.lock.abc.tmp'), 'half')
    writeFileSync(join(out, 'own.tmp'), 'mine')
    expect(await train(out, '--resume', '--epochs', '2')).toMatchObject({ status: 0 })
    expect(readdirSync(out).filter((name) => name.endsWith('.tmp'))).toEqual(['own.tmp'])
  })
})

describe('two processes', () => {
  const lockFile = (out: string, content: unknown): string => {
    mkdirSync(out, { recursive: true })
    const path = join(out, 'run.lock')
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const ended = spawnSync(process.execPath, ['-e', '']).pid

  test('a folder that a running process writes to is refused, and not changed', async () => {
    const out = copyOf('a', 'busy')
    const lock = await lockRun(out)
    expectRefused(await train(out, '--resume', '--epochs', '3'), new RegExp(`busy: another run writes here, process ${process.pid};`))
    expectRefused(await train(out, '--overwrite'), /another run writes here/)
    expect(readFileSync(checkpoint(out))).toEqual(readFileSync(checkpoint('a')))
    await lock.release()
    expect(await train(out, '--resume', '--epochs', '2')).toMatchObject({ status: 0 })
    expect(existsSync(join(out, 'run.lock'))).toBe(false)
  })

  test.each<[string, unknown]>([
    ['a process that has ended', { pid: ended, host: hostname(), token: 'x' }],
    ['a process whose number another has now', { pid: process.pid, host: hostname(), token: 'x', started: 'before the last boot' }],
  ])('the lock of %s is stale', async (_, owner) => {
    lockFile('stale', owner)
    const lock = await lockRun('stale')
    await lock.demandHeld()
    await expect(lockRun('stale')).rejects.toThrow('another run writes here')
    await lock.release()
    expect(readdirSync('stale')).toEqual([])
  })

  test('the lock of another machine is kept, and the message says what to do', async () => {
    const path = lockFile('far', { pid: 1, host: 'elsewhere\u001b[2J', token: 'x' })
    await expect(lockRun('far')).rejects.toThrow(
      `far: another run writes here, process 1 on "elsewhere\\u001b[2J"; if it has ended, delete ${path}, else choose another --out`,
    )
  })

  test.each(['', '{', 'null', '[]', '{"pid":"1"}', '{"pid":-1,"host":"a","token":"b"}'])(
    'a damaged lock %j is stale after 10 s',
    async (text) => {
      const path = lockFile('damaged', text)
      await expect(lockRun('damaged')).rejects.toThrow('damaged: another run writes here; wait for its end')
      utimesSync(path, new Date(Date.now() - 11_000), new Date(Date.now() - 11_000))
      const lock = await lockRun('damaged')
      await lock.release()
    },
  )

  test('of many that take over a stale lock at once, one gets it', async () => {
    for (let round = 0; round < 20; round++) {
      lockFile('race', { pid: ended, host: hostname(), token: 'x' })
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun('race')))
      const held = await Promise.all(
        results.map(async (result) => {
          if (result.status === 'rejected') return 0
          return await result.value.demandHeld().then(
            () => 1,
            () => 0,
          )
        }),
      )
      expect(held.reduce((a: number, b) => a + b, 0)).toBe(1)
      rmSync('race', { recursive: true })
    }
  })

  test('a run whose lock was taken over writes nothing more', async () => {
    mkdirSync('taken')
    const lock = await lockRun('taken')
    lockFile('taken', { pid: 1, host: 'elsewhere', token: 'x' })
    await expect(lock.demandHeld()).rejects.toThrow('taken: another run has taken the directory over; this one writes nothing more')
    await lock.release()
    expect(existsSync('taken/run.lock')).toBe(true)
  })

  test('of two commands that start at once, one trains and the other is refused', async () => {
    const run = (): Promise<{ status: number | null; stderr: string }> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [command, 'train', 'signals', '--threads', '1', '--epochs', '3', '--out', 'twice', ...small])
        let stderr = ''
        child.stderr.on('data', (text: Buffer) => {
          stderr += text.toString()
        })
        child.once('close', (status) => resolve({ status, stderr }))
      })
    const both = await Promise.all([run(), run()])
    expect(both.map(({ status }) => status).sort()).toEqual([0, 2])
    expect(both.find(({ status }) => status === 2)?.stderr).toMatch(/twice: (another run writes here|expected a folder without a run)/)
    expect(jsonLines(readFileSync('twice/metrics.jsonl', 'utf8')).map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  })
})

describe('what a resume finds', () => {
  test.each([
    ['a cut last line', '{"epoch":3,"st'],
    ['a last line that is cut behind a brace', '{"epoch":3,"step":6,"train":{"loss":1}'],
    ['a last line of another kind', 'null'],
    ['empty lines', '\n\n'],
  ])('%s of metrics.jsonl is dropped', async (name, tail) => {
    const out = copyOf('a', `metrics ${name}`)
    const whole = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    writeFileSync(join(out, 'metrics.jsonl'), whole + tail)
    expect(await train(out, '--resume', '--epochs', '2')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toBe(whole)
  })

  test('a damaged line before the last is named', async () => {
    const out = copyOf('a', 'damaged metrics')
    const [first, second] = readFileSync(join(out, 'metrics.jsonl'), 'utf8').split('\n')
    writeFileSync(join(out, 'metrics.jsonl'), `${first?.slice(0, 20)}\n${second}\n`)
    expectRefused(await train(out, '--resume', '--epochs', '3'), /metrics.jsonl: line 1 is damaged; delete it/)
    rmSync(join(out, 'metrics.jsonl'))
    const { status, stdout } = await train(out, '--resume', '--epochs', '2')
    expect([status, stdout]).toEqual([0, expect.stringContaining('metrics.jsonl has 0 of 2 epochs; the others are lost')])
  })

  test.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
    ['no step', { step: undefined }, /expected "step" to be the number of completed steps, received none/],
    ['a step in words', { step: 'constructor' }, /received "constructor"/],
    ['a step beyond the end', { step: '400' }, /expected "step" to be the value of "step", 4, received "400"/],
    ['no configuration', { config: undefined }, /expected the checkpoint of a run, with its configuration/],
    ['a configuration that is null', { config: 'null' }, /expected the configuration of a run, received null/],
    ['sums that are a list', { sums: '[]' }, /expected "sums" to be finite sums/],
  ])('a checkpoint with %s is refused', async (name, changes, message) => {
    const out = copyOf('a', `checkpoint ${name}`)
    const { values, metadata } = await loadCheckpoint(checkpoint(out))
    const changed = Object.entries({ ...metadata, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined)
    await saveCheckpoint(checkpoint(out), { values, metadata: Object.fromEntries(changed) })
    expectRefused(await train(out, '--resume', '--epochs', '3'), message)
  })

  test('a checkpoint beyond the last epoch is refused', async () => {
    expectRefused(
      await train('a', '--resume', '--epochs', '1'),
      /a: expected a checkpoint of at most step 2, the end of epoch 1, found step 4; raise --epochs/,
    )
  })

  test('a run that stopped by patience stays stopped', async () => {
    const patient = ['--epochs', '40', '--set', 'patience=1', '--set', 'learningRate=9']
    expect(await train('patient', ...patient)).toMatchObject({ status: 0 })
    const [lines, file] = [readFileSync('patient/metrics.jsonl', 'utf8'), readFileSync(checkpoint('patient'))]
    expect(jsonLines(lines).length).toBeLessThan(40)
    for (let i = 0; i < 2; i++) {
      expect(await train('patient', ...patient, '--resume')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('stopped: the validation loss'),
      })
      expect(readFileSync('patient/metrics.jsonl', 'utf8')).toBe(lines)
      expect(readFileSync(checkpoint('patient'))).toEqual(file)
    }
  })
})

describe('signals', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s saves the checkpoint and exits %i', async (signal, status) => {
    const out = `stopped by ${signal}`
    const child = spawn(process.execPath, [command, 'train', 'signals', '--epochs', '90000', '--threads', '1', '--out', out, ...small])
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString()
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    while (!existsSync(join(out, 'metrics.jsonl')) || readFileSync(join(out, 'metrics.jsonl'), 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill(signal)
    expect(await ended).toBe(status)
    const { metadata } = await loadCheckpoint(checkpoint(out))
    expect(stderr).toBe(`equivar: stopped at step ${metadata.step}; the checkpoint is saved, continue with --resume\n`)
    expect(existsSync(join(out, 'run.lock'))).toBe(false)
  })
})
