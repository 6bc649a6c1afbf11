import { onnxBackend, type Runtime } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import * as node from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { isLittleWork } from '../src/little-work.ts'
import { expectClose, feedsFor, networkWithNorms } from './linear-and-norm.ts'

const sizes = (n: number): t.Binding => new Map([['n', n]])
const x = t.input('x', 'float32', ['n', 64])
const weight = t.input('weight', 'float32', [64, 64])
const image = t.input('image', 'float32', ['n', 1, 4, 4])
const kernel = t.input('kernel', 'float32', [1, 1, 3, 3])
const programOf = (y: t.Tensor, ...inputs: t.Input[]): t.Program => t.program({ inputs, outputs: { y } })
const layers = programOf(t.relu(t.matMul(t.relu(t.matMul(x, weight)), weight)), x, weight)

/** The largest n at which a program is little work for so many threads, a power of two; 0 if none is. */
const largest = (program: t.Program, threads: number): number =>
  Math.max(0, ...Array.from({ length: 20 }, (_, i) => 2 ** i).filter((n) => isLittleWork(program, threads)?.(sizes(n))))

describe('little work', () => {
  test('is what takes a node less than sharing it costs', () => {
    // Two products of 8,192 n operations, and four results of 256 n bytes: 29 microseconds a node of the four for n = 1,024, 14 for n = 512.
    expect(largest(layers, 2)).toBe(512)
    expect(largest(layers, 8)).toBe(256)
  })

  test('is nothing for one thread, which shares nothing', () => expect(largest(layers, 1)).toBe(0))

  test('is no convolution', () => expect(largest(programOf(t.conv(image, kernel), image, kernel), 2)).toBe(0))

  test('in a loop is that of its body, however often it runs', () => {
    const iteration = t.input('iteration', 'int64', [])
    const h = t.input('h', 'float32', ['n', 64])
    const body = programOf(t.relu(t.matMul(t.relu(t.matMul(h, weight)), weight)), iteration, h, weight)
    const power = t.repeat(body, { count: 1000, states: [x], captured: [weight] })[0] as t.Tensor
    expect(largest(programOf(power, x, weight), 2)).toBe(largest(layers, 2))
  })
})

describe('a program with several threads', () => {
  /** ONNX Runtime, and how many threads each session was opened with. */
  const watched = (): { runtime: Runtime; opened: number[] } => {
    const opened: number[] = []
    const create = (model: Uint8Array | string, options: { intraOpNumThreads?: number }): Promise<unknown> => {
      // What finds out the block of channels says nothing of threads.
      if (options.intraOpNumThreads !== undefined) opened.push(options.intraOpNumThreads)
      return node.InferenceSession.create(model as Uint8Array, options)
    }
    return { runtime: { env: node.env, Tensor: node.Tensor, InferenceSession: { create } } as unknown as Runtime, opened }
  }

  test('opens a session when its sizes first come: of one thread where they make little work, of all else', async () => {
    const { runtime, opened } = watched()
    const program = networkWithNorms('n')
    const executable = await onnxBackend({ runtime, threads: 2 }).compile(program)
    expect(opened).toEqual([])
    for (const n of [3, 200_000, 5, 200_000]) {
      const feeds = feedsFor(program, { n })
      const results = Object.entries(await executable.run(feeds))
      expect(opened).toEqual(n === 3 ? [1] : [1, 2])
      if (n > 5) continue
      const read = results.map(async ([name, y]) => [name, t.tensorValue(y.dtype, y.shape, await y.data())] as const)
      expectClose(Object.fromEntries(await Promise.all(read)), t.evaluate(program, feeds), 1e-5)
    }
    await executable.dispose()
  })

  test('of which there is only one has one session', async () => {
    const { runtime, opened } = watched()
    const executable = await onnxBackend({ runtime, threads: 1 }).compile(layers)
    for (const n of [1, 100_000]) await executable.run(feedsFor(layers, { n }))
    expect(opened).toEqual([1])
    await executable.dispose()
  })

  const refusing = async (): Promise<never> => Promise.reject(new Error('no such operator'))
  const refused = 'ONNX Runtime refused the model (no such operator)'

  test('is refused when it is compiled, if its sizes are known then', async () => {
    const runtime = { env: node.env, Tensor: node.Tensor, InferenceSession: { create: refusing } } as unknown as Runtime
    const sized = t.input('x', 'float32', [2, 64])
    await expect(onnxBackend({ runtime, threads: 2 }).compile(programOf(t.matMul(sized, weight), sized, weight))).rejects.toThrow(refused)
    await expect(onnxBackend({ runtime, threads: 1 }).compile(layers)).rejects.toThrow(refused)
  })

  test('is else refused when it is first run, each time', async () => {
    const runtime = { env: node.env, Tensor: node.Tensor, InferenceSession: { create: refusing } } as unknown as Runtime
    const executable = await onnxBackend({ runtime, threads: 2 }).compile(layers)
    for (const n of [1, 1, 100_000]) await expect(executable.run(feedsFor(layers, { n }))).rejects.toThrow(refused)
    await executable.dispose()
  })
})
