/**
 * Time and memory of EquivariantGraphLinear on ONNX Runtime: 2 to 2 as n doubles, and 3 to 3 at n = 48 with 16 channels.
 *
 * ARENA=1 uses ONNX Runtime's memory arena, which is its default and takes up to a quarter more.
 * Build first, then run node packages/layers-graphs/bench/tuple-linear.mjs
 * Each line comes from its own process. Memory is the peak in the first run minus the memory before the layer's input was made, so it includes input
 * and output; time is the median of the next 9 runs.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MIB = 2 ** 20
const cases = [...[128, 256, 512, 1024].map((n) => [2, n, 16]), [3, 24, 16], [3, 48, 16]]

/** Peak of the resident set, in MiB: VmHWM of the kernel. */
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024

async function measure(order, n, channels) {
  const { EquivariantGraphLinear } = await import('../dist/index.js')
  const { initialize, parametersOf } = await import('@equivar/nn')
  const { input, program, tensorValue } = await import('@equivar/tensor')
  const { onnxBackend } = await import('@equivar/backend-onnx')
  const layer = new EquivariantGraphLinear({ inputOrder: order, outputOrder: order, inChannels: channels, outChannels: channels })
  const axes = (size) => Array.from({ length: order }, () => size)
  const x = input('x', 'float32', ['batch', ...axes('n'), channels])
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
  const executable = await onnxBackend({ memoryArena: process.env.ARENA === '1' }).compile(p)
  const values = initialize(layer, 1)
  const run = async (size) => {
    const shape = [1, ...axes(size), channels]
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)
    const feeds = { x: tensorValue('float32', shape, data), ...values }
    await (await executable.run(feeds)).y.dispose()
    const high = peak()
    const times = []
    for (let i = 0; i < 9; i++) {
      const start = performance.now()
      const { y } = await executable.run(feeds)
      times.push(performance.now() - start)
      await y.dispose()
    }
    return { high, milliseconds: times.sort((a, b) => a - b)[4] }
  }
  await run(2)
  const before = peak()
  const { high, milliseconds } = await run(n)
  const both = (2 * n ** order * channels * 4) / MIB
  console.log(JSON.stringify({ order, n, channels, milliseconds, peakMiB: high - before, inputAndOutputMiB: both }))
}

const [order, n, channels] = process.argv.slice(2).map(Number)
if (order !== undefined) await measure(order, n, channels)
else {
  console.log('order    n  ch      ms  peak MiB  over input and output')
  for (const given of cases) {
    const line = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...given.map(String)], { encoding: 'utf8' }))
    const cells = [
      line.order,
      line.n,
      line.channels,
      line.milliseconds.toFixed(1),
      line.peakMiB.toFixed(0),
      (line.peakMiB / line.inputAndOutputMiB).toFixed(1),
    ]
    console.log(cells.map((cell, i) => String(cell).padStart([5, 5, 4, 8, 10, 8][i])).join(''))
  }
}
