import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import { type LoadedOnnx, loadOnnx } from '@equivar/backend-onnx'
import { formatNpz } from '@equivar/datasets'
import { exportOnnx } from '@equivar/export-onnx'
import { initialize } from '@equivar/nn'
import { Random, tensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { classes } from '../src/goals.ts'
import { lineChunks } from '../src/predict/lines.ts'
import { flatten, nest } from '../src/predict/numbers.ts'
import { buildModel } from '../src/registry.ts'
import { equivar } from './in-process.ts'

const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
const folder = mkdtempSync(join(tmpdir(), 'equivar-predict-'))
// Hides a GPU from the commands, so that their output is the same on every machine.
process.env.CUDA_VISIBLE_DEVICES = '-1'

const path = (name: string): string => join(folder, name)
process.chdir(folder)

/** Runs the command in its own process: worker threads need the built files. */
const inItsProcess = (args: readonly string[], input?: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', ...(input === undefined ? {} : { input }) })

/** The file of a model with random weights and named classes. */
function writeModel(name: string, kind: string, settings: Record<string, number>, channels: number): void {
  const model = buildModel(kind, settings, { channels, outputs: 3 }, classes)
  const program = inferenceProgram(model.module, {
    inputs: model.inputs,
    outputs: () => ({ [model.goal.output]: model.output() }),
    metadata: { config: JSON.stringify({ classes: ['a', 'b', 'c'] }) },
  })
  writeFileSync(path(name), exportOnnx(program, { values: initialize(model.module, 1) }))
}

const random = new Random({ seed: 7 })
const numbers = (count: number): number[] => Array.from({ length: count }, () => Math.fround(random.normal()))
const LENGTH = 12
const COUNT = 1200

/** Sets of 1 to 9 signals, and graphs of 1 to 8 nodes. */
const sets = Array.from({ length: COUNT }, () => ({ x: Array.from({ length: 1 + random.integer(9) }, () => [numbers(LENGTH)]) }))
const graphs = Array.from({ length: 60 }, () => {
  const nodes = 1 + random.integer(8)
  const edges = Array.from({ length: random.integer(12) }, () => random.integer(nodes))
  return { x: Array.from({ length: nodes }, () => numbers(4)), edge_index: [edges, edges.toReversed()] }
})
const asLines = (examples: readonly object[]): string => examples.map((example) => `${JSON.stringify(example)}\n`).join('')

beforeAll(() => {
  writeModel('sets.onnx', 'dss', { elements: 4, hidden: 6, kernel: 3 }, 1)
  writeModel('graphs.onnx', 'gin', { hidden: 8, layers: 2 }, 4)
  writeFileSync(path('sets.ndjson'), asLines(sets))
  writeFileSync(path('graphs.ndjson'), asLines(graphs))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Line {
  readonly logits: number[]
  readonly class: string
  readonly probability: number
}

const readLines = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

async function oneByOne(model: string, feedsOf: (i: number) => Parameters<LoadedOnnx['run']>[0], count: number): Promise<number[][]> {
  const executable = await loadOnnx(path(model), { threads: 1 })
  const all: number[][] = []
  for (let i = 0; i < count; i++) {
    const { logits } = await executable.run(feedsOf(i))
    all.push(Array.from((await logits?.data()) as Float32Array))
  }
  await executable.dispose()
  return all
}

function expectEqual(lines: readonly Line[], expected: readonly (readonly number[])[]): void {
  expect(lines.length).toBe(expected.length)
  lines.forEach((line, i) => {
    const scale = Math.max(1, ...(expected[i] as number[]).map(Math.abs))
    line.logits.forEach((value, c) => {
      expect(Math.abs(value - (expected[i]?.[c] as number)) / scale, `line ${i + 1}`).toBeLessThan(1e-6)
    })
    expect(line.class).toBe('abc'[line.logits.indexOf(Math.max(...line.logits))])
  })
}

const setFeeds = (i: number): Parameters<LoadedOnnx['run']>[0] => {
  const { x } = sets[i] as (typeof sets)[number]
  return {
    x: tensorValue('float32', [1, x.length, 1, LENGTH], x.flat(2)),
    mask: tensorValue(
      'bool',
      [1, x.length],
      x.map(() => 1),
    ),
  }
}

const graphFeeds = (i: number): Parameters<LoadedOnnx['run']>[0] => {
  const { x, edge_index: edges } = graphs[i] as (typeof graphs)[number]
  return {
    x: tensorValue('float32', [x.length, 4], x.flat()),
    edge_index: tensorValue('int64', [2, edges[0]?.length as number], edges.flat()),
    batch: tensorValue(
      'int64',
      [x.length],
      x.map(() => 0),
    ),
    num_graphs: tensorValue('int64', [], [1]),
  }
}

/** An archive with one array of zeros, whose header claims a shape. It is written without making the zeros. */
function bomb(name: string, shape: string, zeros: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)
  const header = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${text}\n`)])
  // All of the zeros would be 2 MB; the reader must refuse before it meets the end.
  const content = deflateRawSync(Buffer.concat([header, Buffer.alloc(1e6)]))
  const file = Buffer.from(`${name}.npy`)
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(8, 4)
  fields.writeUInt32LE(content.length, 14)
  fields.writeUInt32LE(header.length + zeros, 18)
  fields.writeUInt16LE(file.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, file, content])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), file])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}

describe('many examples', () => {
  test('sets of different sizes get the outputs that they get alone, in order, with any number of threads', async () => {
    const { status, stdout, stderr } = inItsProcess(['predict', 'sets.onnx', 'sets.ndjson', '--workers', '2'])
    expect([status, stderr]).toEqual([0, ''])
    expectEqual(readLines(stdout), await oneByOne('sets.onnx', setFeeds, COUNT))
    expect(inItsProcess(['predict', 'sets.onnx', 'sets.ndjson', '--workers', '1', '--out', 'one.ndjson']).stdout).toBe(
      'one.ndjson: 1200 examples\n',
    )
    expect(readFileSync(path('one.ndjson'), 'utf8')).toBe(stdout)
    expect(inItsProcess(['predict', 'sets.onnx', '-'], asLines(sets).trimEnd()).stdout).toBe(stdout)
  })

  test('graphs', async () => {
    const { stdout } = inItsProcess(['predict', 'graphs.onnx', 'graphs.ndjson', '--batch', '7'])
    expectEqual(readLines(stdout), await oneByOne('graphs.onnx', graphFeeds, graphs.length))
  })

  test.each([true, false])('arrays of an .npz file, compressed: %s', async (compressed) => {
    const some = Array.from({ length: 150 }, () => numbers(4 * LENGTH))
    const bits = some.map((_, i) => [1, 1, i % 2, i % 3 === 0 ? 1 : 0])
    const arrays = { x: tensorValue('float32', [150, 4, 1, LENGTH], some.flat()), mask: tensorValue('bool', [150, 4], bits.flat()) }
    writeFileSync(path('sets.npz'), formatNpz(arrays, { compressed }))
    expect(inItsProcess(['predict', 'sets.onnx', 'sets.npz', '--out', 'arrays.ndjson', '--batch', '16']).status).toBe(0)
    const feeds = (i: number): Parameters<LoadedOnnx['run']>[0] => ({
      x: tensorValue('float32', [1, 4, 1, LENGTH], some[i] as number[]),
      mask: tensorValue('bool', [1, 4], bits[i] as number[]),
    })
    expectEqual(readLines(readFileSync(path('arrays.ndjson'), 'utf8')), await oneByOne('sets.onnx', feeds, 150))
  })

  test('invalid lines are named in the error, or become error lines', () => {
    const bad = [
      '{"x": [[[1, 2], [3]]]}',
      '',
      '[1]',
      '{"x": [[[1, "2"]]]}',
      '{"y": 1}',
      '{"x": [[[1,2]], [[3,4]]], "mask": [true]}',
      '{"x": [[1, 2',
    ]
    const text = [JSON.stringify(sets[0]), ...bad, JSON.stringify(sets[1])].join('\n')
    const refused = inItsProcess(['predict', 'sets.onnx', '-', '--out', 'bad.ndjson'], text)
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toBe(
      'equivar: standard input, line 2: "x": expected rows of one shape, received [2] and, at row 1, [1]; use --skip-errors to continue, or fix it and continue with --resume\n',
    )
    expect(existsSync(path('bad.ndjson'))).toBe(false)
    const { status, stdout, stderr } = inItsProcess(['predict', 'sets.onnx', '-', '--skip-errors'], text)
    expect([status, stderr]).toEqual([0, '7 of 9 examples are invalid\n'])
    const lines = stdout.trim().split('\n')
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(['logits', ...bad.map(() => 'error'), 'logits'])
    const messages = lines.slice(1, 8).map((line) => (JSON.parse(line) as { error: string }).error)
    expect(messages[1]).toBe('expected JSON such as {"x": float32 [set, 1, length]}, received something else (an empty line)')
    expect(messages[2]).toBe('expected an object such as {"x": float32 [set, 1, length]}, received [1]')
    expect(messages[3]).toContain('"x": expected numbers in nested arrays, received "2"')
    expect(messages[4]).toContain('received ["y"]')
    expect(messages[5]).toContain('mask')
    expect(messages[6]).toContain('expected JSON such as')
  })

  test('deep nesting and shapes that claim more numbers than there are: error lines, and the run continues', () => {
    const nested = (depth: number, inner = ''): string => '['.repeat(depth) + inner + ']'.repeat(depth)
    const bad: [line: string, message: string][] = [
      [`{"x": ${nested(30_000)}}`, '"x": expected at most 16 levels of nested arrays, received more'],
      [`{"x": ${nested(30_000, '1')}}`, 'at most 16 levels'],
      [`{"x": [[[1, 2]], ${nested(30_000)}]}`, 'at most 16 levels'],
      [nested(30_000), 'received an array of 1'],
      [`{"x": [[[1, ${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}]]]}`, 'received an object'],
      [`{"y": ${nested(30_000)}}`, 'received ["y"]'],
      [nested(30_000).slice(1), 'expected JSON such as'],
      [`{"x": [[${JSON.stringify(Array(20_000).fill(0))}]${',[]'.repeat(200_000)}]}`, 'expected rows of one shape'],
      [`{"x": [[[1, 2]]], "mask": ${nested(20)}}`, '"mask": expected at most 16 levels'],
      [`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`, 'received ["k0"'],
      ['null', 'received null'],
      ['{"__proto__": {"x": [[[1, 2]]]}}', 'received ["__proto__"]'],
    ]
    const text = [JSON.stringify(sets[0]), ...bad.map(([line]) => line), JSON.stringify(sets[1])].join('\n')
    const { status, stdout, stderr } = inItsProcess(['predict', 'sets.onnx', '-', '--skip-errors', '--workers', '1'], text)
    expect([status, stderr]).toEqual([0, `${bad.length} of ${bad.length + 2} examples are invalid\n`])
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(bad.length + 2)
    for (const i of [0, lines.length - 1]) expect(Object.keys(JSON.parse(lines[i] as string) as object)[0]).toBe('logits')
    bad.forEach(([, message], i) => {
      const { error } = JSON.parse(lines[i + 1] as string) as { error: string }
      expect(error).toContain(message)
      expect(error).not.toMatch(/call stack|undefined|\[object|Invalid/)
    })
    writeFileSync(path('deep.json'), bad[0]?.[0] as string)
    expect(inItsProcess(['predict', 'sets.onnx', 'deep.json'])).toMatchObject({ status: 2, stdout: '' })
  })

  test('an .npz file is checked by its headers before it is unpacked', async () => {
    const predicted = async (...args: string[]): Promise<string> => {
      const { status, stderr, stdout } = await equivar('predict', 'sets.onnx', 'checked.npz', ...args)
      expect([status, stdout]).toEqual([2, ''])
      return stderr
    }
    // Two billion bytes of zeros in a few kilobytes: blocks of deflate that repeat one byte.
    writeFileSync(path('checked.npz'), bomb('x', '(1, 500000000)', 2e9))
    for (const args of [[], ['--out', 'x.ndjson']])
      expect(await predicted(...args)).toContain('expected "x" of shape [batch, set, 1, length], received [1, 500000000]')
    writeFileSync(path('checked.npz'), bomb('x', '(500, 1000, 1, 1000)', 2e9))
    expect(await predicted()).toContain('expected at most 134217728 numbers in one run, received 500000000; use --out')
    writeFileSync(path('checked.npz'), bomb('x', '(1, 500, 1, 1000000)', 2e9))
    expect(await predicted('--out', 'x.ndjson')).toContain('expected at most 134217728 numbers in a row')
    writeFileSync(path('checked.npz'), bomb('x', '(1, 2, 1, 2)', 2e9))
    expect(await predicted()).toContain('for the shape [1, 2, 1, 2], received 2000000128; is the file complete?')
    writeFileSync(path('checked.npz'), bomb('x', '(1, 2, 1, 100000000000000000000)', 2e9))
    expect(await predicted()).toContain('is the file complete?')
    const x = tensorValue('float32', [2, 1, 1, 4], numbers(8))
    const whole = Buffer.from(formatNpz({ x }, { compressed: false }))
    const spoiled = Buffer.from(whole)
    const at = whole.indexOf('NUMPY') + 130
    spoiled[at] = (spoiled[at] as number) ^ 1
    writeFileSync(path('checked.npz'), spoiled)
    expect(await predicted()).toContain('received one that cannot be unpacked (a wrong checksum)')
    const packed = Buffer.from(formatNpz({ x }))
    packed.fill(255, 60, 80)
    writeFileSync(path('checked.npz'), packed)
    expect(await predicted()).toMatch(/cannot be unpacked|expected an array of numbers/)
  })

  test('a reader may close the output early', () => {
    const shell = `"${process.execPath}" "${command}" predict sets.onnx sets.ndjson --batch 2 | head -n 1`
    const { stdout, stderr } = spawnSync('sh', ['-c', shell], { encoding: 'utf8' })
    expect([readLines(stdout).length, stderr]).toEqual([1, ''])
  })

  test('invalid options give one line', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { status, stderr } = await equivar('predict', ...args)
      expect(status).toBe(2)
      return stderr
    }
    expect(await refused('sets.onnx', 'none.ndjson')).toContain('none.ndjson')
    writeFileSync(path('cut.onnx'), readFileSync(path('sets.onnx')).subarray(0, 900))
    expect(await refused('cut.onnx', 'sets.ndjson')).toContain('cut.onnx: expected a complete ONNX model')
    expect(await refused('sets.onnx', 'sets.json', '--resume')).toContain('--resume: expected .ndjson, .jsonl or - for many examples')
    expect(await refused('sets.onnx', 'sets.ndjson', '--resume')).toContain('--resume: expected --out FILE')
    expect(await refused('sets.onnx', 'sets.ndjson', '--batch', '0')).toContain('expected an integer of 1 or more, received "0"')
    writeFileSync(path('no.npz'), 'no archive')
    expect(await refused('sets.onnx', 'no.npz', '--out', 'x')).toContain('no.npz: expected an .npz file, received something else')
    writeFileSync(
      path('odd.npz'),
      formatNpz({ x: tensorValue('float32', [3, 1, 1, 2], numbers(6)), mask: tensorValue('bool', [2, 1], [1, 1]) }),
    )
    expect(await refused('sets.onnx', 'odd.npz', '--out', 'x')).toContain('expected 3 rows in "mask", as in "x", received 2')
    expect(await refused('graphs.onnx', 'odd.npz', '--out', 'x')).toContain('expected newline-delimited JSON, received .npz')
    expect(inItsProcess(['predict', 'sets.onnx', 'sets.ndjson', '--device', 'cuda']).stderr).toContain(
      'device "cuda" is not available here',
    )
  })
})

describe('killed and resumed', () => {
  const args = ['predict', 'sets.onnx', 'sets.ndjson', '--batch', '2', '--workers', '2']
  const part = path('resumed.ndjson.part')

  /** Starts a run that writes to `out`, and sends it a signal as soon as something is reached. */
  async function stoppedAt(reached: () => boolean, signal: NodeJS.Signals, out: string, ...more: string[]) {
    const child = spawn(process.execPath, [command, ...args, '--out', out, ...more])
    let complaint = ''
    child.stderr.on('data', (text: Buffer) => {
      complaint += text.toString()
    })
    child.stdout.resume()
    let running = true
    const end = new Promise<number | null>((resolve) => {
      child.once('close', (status) => {
        running = false
        resolve(status)
      })
    })
    while (running && !reached()) await new Promise((resolve) => setTimeout(resolve, 1))
    const wasRunning = running
    child.kill(signal)
    return { wasRunning, status: await end, complaint }
  }

  test('at three moments: the output has the same bytes as without interruption, and appears only when complete', async () => {
    expect(inItsProcess([...args, '--out', 'whole.ndjson']).status).toBe(0)
    const whole = readFileSync(path('whole.ndjson'))
    const moments = [random.uniform(), random.uniform(), random.uniform()].sort((a, b) => a - b)
    let broken = 0
    for (const moment of moments) {
      const isFar = (): boolean => existsSync(part) && statSync(part).size >= moment * 0.9 * whole.length
      if ((await stoppedAt(isFar, 'SIGKILL', 'resumed.ndjson', '--resume')).wasRunning) broken++
      if (existsSync(part)) expect(existsSync(path('resumed.ndjson'))).toBe(false)
    }
    expect(broken).toBeGreaterThan(0)
    const { status, stderr } = inItsProcess([...args, '--out', 'resumed.ndjson', '--resume'])
    expect([status, stderr]).toEqual([0, ''])
    expect(readFileSync(path('resumed.ndjson')).equals(whole)).toBe(true)
    expect([existsSync(part), existsSync(`${part}.json`)]).toEqual([false, false])
    expect(inItsProcess([...args, '--out', 'resumed.ndjson', '--resume']).stdout).toBe('resumed.ndjson: complete\n')
  })

  test('Ctrl-C: exit status 130, and the written lines stay for --resume', async () => {
    const stopped = () => stoppedAt(() => existsSync(path('stopped.ndjson.part')), 'SIGINT', 'stopped.ndjson')
    let run = await stopped()
    // On a busy machine a run may be complete before this process sees that it has begun.
    for (let more = 9; run.status === 0 && more > 0; more--) {
      rmSync(path('stopped.ndjson'))
      run = await stopped()
    }
    expect(run.status).toBe(130)
    expect(run.complaint).toMatch(/^equivar: stopped after \d+ examples; continue with --resume\n$/)
    expect(existsSync(path('stopped.ndjson'))).toBe(false)
    expect(inItsProcess([...args, '--out', 'stopped.ndjson', '--resume']).status).toBe(0)
    expect(readFileSync(path('stopped.ndjson')).equals(readFileSync(path('whole.ndjson')))).toBe(true)
  })

  test('an incomplete last line is written again; other options are rejected', () => {
    const [first, mark] = [path('half.ndjson.part'), path('half.ndjson.part.json')]
    const bad = `${asLines(sets.slice(0, 100))}{"x": 3}\n`
    writeFileSync(path('half.in.ndjson'), bad)
    const run = (...more: string[]): { status: number | null; stdout: string; stderr: string } =>
      inItsProcess(['predict', 'sets.onnx', 'half.in.ndjson', '--batch', '2', '--out', 'half.ndjson', ...more])
    expect(run().stderr).toContain('line 101')
    expect(existsSync(mark)).toBe(true)
    writeFileSync(first, Buffer.concat([readFileSync(first), Buffer.from('{"logi')]))
    writeFileSync(path('half.in.ndjson'), bad.replace('{"x": 3}', JSON.stringify(sets[100])))
    expect(run('--resume', '--threads', '2').stderr).toContain('--resume: expected the same threads as before, 1, received 2')
    expect(run('--resume').status).toBe(0)
    const lines = readFileSync(path('half.ndjson'), 'utf8')
    expect(readLines(lines).length).toBe(101)
    expect(inItsProcess(['predict', 'sets.onnx', 'half.in.ndjson', '--batch', '2']).stdout).toBe(lines)
  })
})

test('chunks of lines do not depend on how the bytes arrive', async () => {
  const inBlocks = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', ' '))),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      async (rows, lines, bytes, block) => {
        const text = rows.map((row) => `${row}\n`).join('')
        const options = { file: 'f', lines, bytes, longest: 1000 }
        const collect = async (size: number): Promise<{ first: number; count: number; text: string }[]> => {
          const all = []
          for await (const chunk of lineChunks(inBlocks(new TextEncoder().encode(text), size), options))
            all.push({ first: chunk.first, count: chunk.count, text: new TextDecoder().decode(chunk.bytes) })
          return all
        }
        const chunks = await collect(block)
        expect(chunks).toEqual(await collect(1e6))
        expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
        let first = 1
        for (const chunk of chunks) {
          expect(chunk.first).toBe(first)
          expect(chunk.text.split('\n').length - 1).toBe(chunk.count)
          expect(chunk.count).toBeLessThanOrEqual(lines)
          first += chunk.count
        }
      },
    ),
    { seed: 5, numRuns: 200 },
  )
  const long = lineChunks(inBlocks(new Uint8Array(100).fill(65), 10), { file: 'f', lines: 1, bytes: 10, longest: 50 })
  await expect(long.next()).rejects.toThrow('f, line 1: expected at most 50 bytes, received more')
})

test('nested arrays are flattened and nested again', () => {
  const rows = [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ]
  const { shape, numbers: flat } = flatten(rows, 'x')
  expect([shape, [...flat]]).toEqual([
    [1, 2, 3],
    [1, 2, 3, 4, 5, 6],
  ])
  expect(nest(flat, shape)).toEqual(rows)
  expect(flatten([], 'x').shape).toEqual([0])
  expect(flatten([[], []], 'x').shape).toEqual([2, 0])
  expect(flatten(true, 'x')).toEqual({ shape: [], numbers: Float64Array.of(1) })
  expect(() => flatten([1, [2]], 'x')).toThrow('x: expected rows of one shape, received [] and, at row 1, [1]')
  expect(() => flatten([[1, 2], [3]], 'x')).toThrow('x: expected rows of one shape, received [2] and, at row 1, [1]')
  expect(() => flatten([[1], null] as never, 'x')).toThrow('x: expected rows of one shape')
  expect(() => flatten('7' as never, 'x')).toThrow('x: expected numbers in nested arrays, received "7"')
})
