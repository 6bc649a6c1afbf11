import { DeviceError } from '@equivar/backend-onnx'
import { initialize } from '@equivar/nn'
import { type Backend, evaluate, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { UsageError } from '../errors.ts'
import { classes } from '../goals.ts'
import type { TaskModel } from '../model.ts'
import { buildModel } from '../registry.ts'
import { providers } from './providers.ts'

/** The result of the small models on one provider. Its process prints it as a line of JSON. */
export interface ProbeResult {
  readonly outcome: 'right' | 'wrong' | 'missing'
  /** Largest relative difference from the float64 reference. */
  readonly error?: number
  readonly milliseconds?: number
  /** The error message of the provider. */
  readonly reason?: string
}

const normal = (random: Random, shape: readonly number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

/** Two small models with fixed weights, one with convolutions and one with matrix products, and their inputs. */
function cases(): { model: TaskModel; feeds: Record<string, TensorValue> }[] {
  const random = new Random({ seed: 1, stream: 'doctor' })
  const dss = buildModel('dss', { elements: 8, hidden: 8, kernel: 5 }, { channels: 1, outputs: 3 }, classes)
  const ign = buildModel('ign', {}, { channels: 4, outputs: 2 }, classes)
  const mask = (bits: readonly number[], width: number): TensorValue => tensorValue('bool', [bits.length / width, width], bits)
  return [
    { model: dss, feeds: { x: normal(random, [2, 4, 1, 16]), mask: mask([1, 1, 1, 1, 1, 1, 0, 0], 4) } },
    { model: ign, feeds: { x: normal(random, [2, 5, 4]), adj: normal(random, [2, 5, 5]), mask: mask([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], 5) } },
  ]
}

async function largestError(backend: Backend): Promise<number> {
  let worst = 0
  for (const { model, feeds } of cases()) {
    const values = initialize(model.module, 1)
    const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
    const expected = evaluate(program, { ...feeds, ...values }).y?.data ?? new Float64Array()
    const executable = await backend.compile(program)
    const received = (await (await executable.run({ ...feeds, ...values })).y?.data()) as Float32Array
    const scale = Math.max(...Array.from(expected, Math.abs))
    for (const [i, value] of expected.entries()) {
      const error = Math.abs(value - (received[i] as number)) / scale
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
    }
    await executable.dispose()
  }
  return worst
}

/**
 * Runs the small models on one provider in this process and prints a ProbeResult. `equivar doctor` starts a process for each provider, because some
 * providers crash the process that loads them.
 */
export async function probe(name: string): Promise<void> {
  const provider = providers.find((one) => one.name === name)
  if (provider === undefined) throw new UsageError(`expected one of ${providers.map((one) => one.name).join(', ')}, received "${name}"`)
  const started = performance.now()
  let result: ProbeResult
  try {
    const error = await largestError(await provider.open())
    result = { outcome: error <= provider.tolerance ? 'right' : 'wrong', error, milliseconds: performance.now() - started }
  } catch (error) {
    const text = error instanceof DeviceError ? error.reason : error instanceof Error ? error.message : String(error)
    result = { outcome: 'missing', reason: text.split('\n')[0] ?? '' }
  }
  process.stdout.write(`${JSON.stringify(result, (_, value) => (value === Number.POSITIVE_INFINITY ? 'infinite' : (value as unknown)))}\n`)
}
