import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import { parseNpz } from '@equivar/datasets'
import { exportOnnx, type ImportedOnnx, importOnnx } from '@equivar/export-onnx'
import { elementCount, evaluate, type TensorValue } from '@equivar/tensor'
import { expectDerivative } from '@equivar/verify'
import { describe, expect, test } from 'vitest'

/** Files that PyTorch wrote, with inputs and the outputs that ONNX Runtime gave for them. */
const folder = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../shared'), 'cases', 'foreign')

const names = existsSync(folder) ? readdirSync(folder).flatMap((name) => (name.endsWith('.onnx') ? [name.slice(0, -5)] : [])) : []

interface Case extends ImportedOnnx {
  readonly feeds: Readonly<Record<string, TensorValue>>
  /** What must come out, in the order of the outputs. */
  readonly expected: readonly TensorValue[]
}

const fileOf = (name: string): Uint8Array => readFileSync(join(folder, `${name}.onnx`))

function readCase(name: string): Case {
  const read = importOnnx(fileOf(name), { where: name })
  const arrays = parseNpz(readFileSync(join(folder, `${name}.npz`))) as Readonly<Record<string, TensorValue>>
  const numbered = (kind: string, count: number): TensorValue[] =>
    Array.from({ length: count }, (_, i) => arrays[`${kind}_${i}`] as TensorValue)
  const given = read.program.inputs.filter((input) => !Object.hasOwn(read.values, input.name))
  const inputs = numbered('in', given.length)
  return {
    ...read,
    feeds: Object.fromEntries(given.map((input, i) => [input.name, inputs[i] as TensorValue])),
    expected: numbered('out', read.program.outputs.length),
  }
}

/** Fails unless the numbers agree to 1e-5 of each, or of 1 if that is larger. */
function expectNumbers(received: ArrayLike<number | bigint>, expected: TensorValue): void {
  expect(received).toHaveLength(elementCount(expected.shape))
  for (let i = 0; i < received.length; i++) {
    const [a, b] = [Number(received[i]), Number(expected.data[i])]
    expect(Math.abs(a - b), `element ${i}`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(b)))
  }
}

describe.skipIf(names.length === 0)('files that PyTorch wrote', () => {
  test.each(names)('%s: the reference gives the numbers of the file', (name) => {
    const { program, values, feeds, expected } = readCase(name)
    const outputs = evaluate(program, { ...values, ...feeds })
    program.outputs.forEach((output, i) => {
      expectNumbers(outputs[output.name]?.data ?? [], expected[i] as TensorValue)
    })
  })

  test.each(names)('%s: exported again, ONNX Runtime gives the same numbers', async (name) => {
    const { program, values, feeds, expected } = readCase(name)
    const model = await loadOnnx(exportOnnx(program, { values }), { threads: 1 })
    const outputs = await model.run(feeds)
    for (const [i, output] of program.outputs.entries())
      expectNumbers((await outputs[output.name]?.data()) ?? [], expected[i] as TensorValue)
    await model.dispose()
  })

  test.each(names)('%s: derivatives in the weights agree with central differences', (name) => {
    const { program, values, feeds } = readCase(name)
    expect(Object.keys(values)).not.toEqual([])
    // A step of 1e-5 crosses a kink of a Relu of the transformer.
    expectDerivative(program, { feeds: { ...values, ...feeds }, wrt: Object.keys(values), step: 1e-6, tolerance: 1e-6 })
  })
})
