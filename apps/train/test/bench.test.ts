import { stripVTControlCharacters } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { countParameters } from '@equivar/nn'
import { describe, expect, test, vi } from 'vitest'
import { bestOf, geometricMean, ratioOf } from '../src/bench/compare.ts'
import { curves } from '../src/bench/curves.ts'
import { residentMemory } from '../src/bench/memory.ts'
import { exponent } from '../src/bench/scale.ts'
import type { Contestant } from '../src/bench/sides.ts'
import { type Figures, median, takeTurns } from '../src/bench/turns.ts'
import { findWorkload, workloads } from '../src/bench/workloads.ts'
import { equivar, jsonLines } from './in-process.ts'

test('the models of the benchmark have the published sizes', () => {
  const sizes = workloads.map((workload) => [workload.name, countParameters(workload.make().module)])
  expect(Object.fromEntries(sizes)).toEqual({
    'deepsets-mean': 340_520,
    'deepsets-max': 340_520,
    ign: 129_858,
    ppgn: 64_710,
    gin: 41_883,
    dss: 87_107,
    'dss-images-64': 113_195,
    'dss-images-28': 112_043,
    p4cnn: 24_680,
    p4mcnn: 49_080,
    s2cnn: 154_550,
    'messages-sum': 4160,
    'messages-gcn': 4160,
    'messages-gat': 4288,
    egnn: 134_020,
    nequip: 234_128,
    'nequip-forces': 234_128,
  })
})

test('one object a workload, with the keys of the contract', async () => {
  const sizes = 'ign:batch=2,nodes=5'
  const { status, stdout } = await equivar('bench', sizes, '--rounds', '1', '--wait', '0', '--threads', '1', '--cold', '1', '--json')
  const [line, ...more] = jsonLines<Record<string, number | string | object>>(stdout)
  expect([status, line?.workload, line?.parameters, more.length]).toEqual([0, sizes, 129_858, 0])
  for (const key of ['trainMs', 'inferMs', 'infer1Ms', 'compileMs', 'peakMiB', 'floorMs']) expect(line?.[key], key).toBeGreaterThan(0)
  expect(line?.aboveMiB).toBeGreaterThanOrEqual(0)
  expect(Object.keys(line?.cpuMs as object)).toEqual(['train', 'infer', 'infer1'])
  expect(Object.keys(line?.cold as object)).toEqual(['importMs', 'loadMs', 'firstMs', 'totalMs'])
}, 120_000)

test('the table names every figure', async () => {
  const { stdout: printed } = await equivar('bench', 'ign:batch=2,nodes=5', '--rounds', '1', '--wait', '0', '--threads', '1')
  const stdout = stripVTControlCharacters(printed)
  expect(stdout).toMatch(/ign:batch=2,nodes=5: 2-IGN 8-32-64-64, 2 dense graphs of 5 nodes/)
  expect(stdout).toMatch(/train cpu ms +infer cpu ms +one cpu ms +peak MiB +above MiB\n +equivar( +[\d.]+){5}\n/)
}, 120_000)

describe('workloads', () => {
  test('of other sizes', () => {
    const { classes, batch, feeds } = findWorkload('dss-images-28:set=3,batch=2')
    expect([classes.scores, batch, feeds(2).x?.shape]).toEqual([3, 2, [2, 3, 1, 28, 28]])
    const graph = findWorkload('messages-sum:nodes=20,edges=60')
    expect([graph.feeds(20).edge_index?.shape, graph.feeds(graph.single).edge_index?.shape]).toEqual([
      [2, 60],
      [2, 300],
    ])
  })

  test('that do not exist are named', async () => {
    const { status, stderr } = await equivar('bench', 'ign:width=3')
    expect([status, stderr]).toEqual([2, 'equivar: bench ign: expected sizes among batch, nodes as key=integer, received "width=3"\n'])
    expect(() => findWorkload('W3')).toThrow(/expected a workload \(deepsets-mean, .*\), received "W3"/)
    expect(() => findWorkload('ign:nodes=0')).toThrow(/received "nodes=0"/)
    expect(() => findWorkload('ign:nodes')).toThrow(/received "nodes"/)
  })
})

const figures = (trainMs: number, inferMs: number, peakMiB: number): Figures => ({
  trainMs,
  inferMs,
  infer1Ms: 1,
  cpuMs: { train: trainMs / 2, infer: inferMs / 2, infer1: 0.5 },
  compileMs: trainMs,
  peakMiB,
  aboveMiB: peakMiB - 50,
})

describe('comparison', () => {
  const { trainMs: _, ...exported } = figures(0, 3, 40)
  const forms = { eager: figures(100, 20, 300), 'compiled eager': figures(80, 10, 500), onnx: { ...exported, cpuMs: { infer: 1.5 } } }

  test('takes the best form of each figure; memory is that of those who train', () => {
    const best = bestOf(forms)
    expect(best).toMatchObject({ trainMs: 80, inferMs: 3, infer1Ms: 1, peakMiB: 300, aboveMiB: 250, compileMs: 80 })
    expect(best.forms).toEqual({ train: 'compiled eager', infer: 'onnx', infer1: 'eager', memory: 'eager' })
    expect(best.cpuMs).toEqual({ train: 40, infer: 1.5, infer1: 0.5 })
  })

  test('divides ours by theirs, and takes geometric means of what there is', () => {
    const ratio = ratioOf(figures(40, 6, 150), bestOf(forms))
    expect(ratio).toMatchObject({ train: 0.5, infer: 2, infer1: 1, memory: 0.5, above: 0.4, cpu: { train: 0.5, infer: 2, infer1: 1 } })
    const { train: _, ...rest } = ratio
    const mean = geometricMean([ratio, { ...rest, infer: 8, cpu: { infer: 8 } }])
    expect(mean.train).toBeCloseTo(0.5, 12)
    expect(mean.infer).toBeCloseTo(4, 12)
    expect(mean.cpu.infer).toBeCloseTo(4, 12)
    expect(geometricMean([])).toEqual({ cpu: {} })
  })

  test('medians', () => expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]))
})

describe('curves', () => {
  test('the exponent is that of the largest sizes', () => {
    const sizes = [1, 10, 100, 1000, 10_000, 100_000]
    expect(exponent(sizes.map((x) => [x, x <= 10 ? 7 : 3 * x ** 1.5]))).toBeCloseTo(1.5, 10)
    expect(
      exponent([
        [1, 0],
        [10, 2],
        [100, 8],
      ]),
    ).toBeCloseTo(Math.log10(4), 10)
    expect(
      exponent([
        [1, 2],
        [2, 0],
      ]),
    ).toBe(undefined)
  })

  test('of sizes that workloads have, the largest as asked for', () => {
    for (const { workload, sizes } of curves) for (const size of sizes) expect(findWorkload(workload(size)).batch).toBeGreaterThan(0)
    expect(Object.fromEntries(curves.map(({ name, sizes }) => [name, sizes.at(-1)]))).toMatchObject({
      points: 10 ** 6,
      nodes: 1024,
      edges: 10 ** 7,
      images: 1000,
    })
  })

  test('that do not exist are named', async () => {
    const { status, stderr } = await equivar('bench', '--scale', 'height')
    expect([status, stderr]).toEqual([
      2,
      'equivar: bench --scale: expected a curve (batch, points, channels, nodes, edges, images), received "height"\n',
    ])
  })
})

describe('turns', () => {
  /** A side whose runs take 5 ms, the first 105; it fails at that question. */
  const scripted = (name: string, failsAt: string | undefined): Contestant & { asked: string[] } => {
    const asked: string[] = []
    const ask = vi.fn(async (question: string) => {
      asked.push(question)
      if (question === failsAt) throw new Error('no kernel')
      if (question === 'memory') return { heldMiB: 100, peakMiB: asked.includes('train') ? 300 : 150 }
      return { ms: asked.filter((each) => each === question).length === 1 ? 105 : 5, cpuMs: 4 }
    })
    return { name, asked, measures: ['train', 'infer', 'infer1'], ready: { compileMs: 20 }, process: { ask, stop: () => {} } }
  }

  test('the first run counts as compilation, and memory is that of training above what was held before', async () => {
    const side = scripted('equivar', undefined)
    const [own] = await takeTurns([side], { rounds: 2, wait: 0 }, () => {})
    expect(own).toEqual({
      trainMs: 5,
      inferMs: 5,
      infer1Ms: 5,
      cpuMs: { train: 4, infer: 4, infer1: 4 },
      compileMs: 120,
      peakMiB: 300,
      aboveMiB: 200,
    })
    expect(side.asked.lastIndexOf('memory')).toBeLessThan(side.asked.indexOf('infer'))
  })

  test('a turn is some runs at least, and some time: its first run does not count if there are more', async () => {
    const runs = { train: 0, infer: 0, infer1: 0 }
    const long = scripted('equivar', undefined)
    const ask = async (question: string): Promise<Record<string, number>> => {
      if (question === 'memory') return { heldMiB: 100, peakMiB: 300 }
      const run = ++runs[question as keyof typeof runs]
      // A training step takes longer than a turn; every fourth inference, the first of a turn, is slow.
      return question === 'train' ? { ms: 1000 + run, cpuMs: 4 } : { ms: run % 4 === 1 ? 150 : 100, cpuMs: 4 }
    }
    const [own] = await takeTurns([{ ...long, process: { ask, stop: () => {} } }], { rounds: 1, wait: 0 }, () => {})
    expect(runs).toMatchObject({ train: 4, infer: 8 })
    expect([own?.trainMs, own?.inferMs]).toEqual([1003.5, 100])
    expect(runs.infer1).toBeGreaterThanOrEqual(40)
  })

  test('a side that fails keeps what it has and is asked nothing more', async () => {
    const complaints: string[][] = []
    const sides = [scripted('equivar', undefined), scripted('compiled eager', 'infer')]
    const [own, peer] = await takeTurns(sides, { rounds: 1, wait: 0 }, (...complaint) => complaints.push(complaint))
    expect(complaints).toEqual([['compiled eager', 'no kernel']])
    expect([own?.infer1Ms, peer?.trainMs, peer?.inferMs, peer?.infer1Ms]).toEqual([5, 5, undefined, undefined])
  })
})

test.skipIf(process.platform !== 'linux')('the peak is that since the last question', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { heldMiB } = residentMemory()
  const use128 = (): number => new Float64Array(2 ** 24).fill(1).length
  expect(use128()).toBe(2 ** 24)
  collect()
  const { peakMiB } = residentMemory()
  expect(peakMiB - heldMiB).toBeGreaterThan(100)
  expect(residentMemory().peakMiB).toBeLessThan(peakMiB - 100)
})
