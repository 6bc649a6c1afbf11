import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { tfjsBackend } from '@equivar/backend-tfjs'
import { Convolution } from '@equivar/layers-grids'
import { adam, crossEntropy, initialize, Linear, Module } from '@equivar/nn'
import { input, maxPool, type Program, Random, reduceMean, relu, type Tensor, tensorValue } from '@equivar/tensor'
import { initialState, trainStep } from '@equivar/train'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { describe, test, vi } from 'vitest'
import { equivarStep } from '../../packages/backend-tfjs/bench/signals.ts'
import type * as layouts from '../../packages/backend-tfjs/src/layout.ts'

const { merging } = vi.hoisted(() => ({ merging: { on: true } }))

/** What runs where nothing merges transposes: a convolution turns its image there and back, and everything else works on axes as they are. */
vi.mock('../../packages/backend-tfjs/src/layout.ts', async (original) => {
  const real = await original<typeof layouts>()
  const plain = ({ node, reads, writes }: layouts.Step, first: boolean): layouts.Step => {
    const { name } = node.operator
    const natural = { reads: node.inputs.map(({ rank }) => real.natural(rank)), writes: node.outputs.map(({ rank }) => real.natural(rank)) }
    if (name === 'Conv' || name === 'ConvTranspose') return { node, reads, writes, attributes: node.attributes }
    const { permutation } = node.attributes as { permutation: readonly number[] }
    if (name !== 'Transpose' || !first) return { node, ...natural, attributes: node.attributes }
    const order = real.natural(permutation.length)
    return { node, reads: [order], writes: [order.map((axis) => permutation.indexOf(axis))], attributes: node.attributes }
  }
  const layout = (program: Program): readonly layouts.Step[] =>
    merging.on ? real.layout(program) : real.layout(program).map((step) => plain(step, true))
  return { ...real, layout }
})

const BATCH = 32

/** Two convolutions with pooling, the mean, a linear map. */
class SmallCnn extends Module {
  readonly first = new Convolution({ dimensions: 2, inChannels: 1, outChannels: 16, kernel: 3, padding: 1 })
  readonly second = new Convolution({ dimensions: 2, inChannels: 16, outChannels: 32, kernel: 3, padding: 1 })
  readonly head = new Linear({ inChannels: 32, outChannels: 10 })

  forward(x: Tensor): Tensor {
    const pooled = maxPool(relu(this.first.forward(x)), { kernel: [2, 2], strides: [2, 2] })
    return this.head.forward(reduceMean(relu(this.second.forward(pooled)), { axis: [2, 3] }))
  }
}

/** A training step of the small CNN on images of 28 x 28. */
async function imageStep(): Promise<() => Promise<number>> {
  const [x, target] = [input('x', 'float32', ['batch', 1, 28, 28]), input('target', 'int64', ['batch'])]
  const model = new SmallCnn()
  const step = trainStep(model, {
    inputs: { x, target },
    objective: () => ({ loss: crossEntropy(model.forward(x), target) }),
    optimizer: adam(),
  })
  const random = new Random({ seed: 1 })
  const feeds = {
    x: tensorValue(
      'float32',
      [BATCH, 1, 28, 28],
      Array.from({ length: BATCH * 784 }, () => random.normal()),
    ),
    target: tensorValue(
      'int64',
      [BATCH],
      Array.from({ length: BATCH }, () => random.integer(10)),
    ),
    learning_rate: tensorValue('float32', [], [1e-3]),
    seed: tensorValue('int64', [], [1]),
    ...initialState(step, initialize(model, 1)),
  }
  const executable = await tfjsBackend(tf).compile(step.program)
  return async () => {
    const outputs = await executable.run(feeds)
    const loss = Number((await outputs.loss?.data())?.[0])
    for (const output of Object.values(outputs)) output.dispose()
    return loss
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Milliseconds of processor time that one step takes: a machine that does other things too does not add to it. */
async function timed(step: () => Promise<number>): Promise<number> {
  const started = process.cpuUsage()
  await step()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}

const ROUNDS = Number(process.env.EQUIVAR_BENCH_ROUNDS ?? 31)

describe.skipIf(process.env.EQUIVAR_BENCH === undefined)(
  'training steps on wasm with transposes merged and without ($EQUIVAR_BENCH is not set)',
  () => {
    test.each([
      ['signals, 16 sets of 10, length 100', () => equivarStep(tf, [16, 10, 100])],
      ['signals, 4 sets of 10, length 100', () => equivarStep(tf, [4, 10, 100])],
      [`CNN, ${BATCH} images of 28 x 28`, imageStep],
    ] as const)('%s', async (name, make) => {
      setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
      await tf.setBackend('wasm')
      await tf.ready()
      const steps = []
      for (const on of [true, false]) {
        merging.on = on
        steps.push(await make())
      }
      const [merged, plain] = steps as [() => Promise<number>, () => Promise<number>]
      const losses = [await merged(), await plain()]
      const rounds: [number, number][] = []
      for (let i = 0; i < ROUNDS; i++) {
        // Turn and turn about, so that what else the machine does meets both.
        if (i % 2 === 0) rounds.push([await timed(merged), await timed(plain)])
        else {
          const second = await timed(plain)
          rounds.push([await timed(merged), second])
        }
      }
      const [a, b] = [median(rounds.map(([m]) => m)), median(rounds.map(([, p]) => p))]
      const ratio = median(rounds.map(([m, p]) => p / m))
      process.stdout.write(
        `${name}: merged ${a.toFixed(1)} ms, not merged ${b.toFixed(1)} ms, ratio of pairs ${ratio.toFixed(2)}; losses ${losses.map((l) => l.toFixed(5)).join(', ')}\n`,
      )
    })
  },
)
