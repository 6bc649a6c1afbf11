import { type Backend, evaluate, Program, type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type RandomProgramOptions, randomProgram } from '../random-programs.ts'
import { shown } from '../shown.ts'
import { type Closeness, type Compared, differenceOf, reference } from './law.ts'

/**
 * float32 arithmetic: 1e-5 of the largest magnitude of an output (1 at least). An error of 2^-21 of any single result, a few times that of float32, must not
 * change a number by more than a fourth of that, else it is not compared.
 */
const float32: Closeness = { limit: () => 1e-5, errors: (dtype) => (dtype === 'float32' ? 2 ** -21 : 0), granted: () => 0 }

/** What runtimes agree on: finite numbers of float32. */
const options: RandomProgramOptions = { tones: ['halves', 'smooth'], floats: ['float32'] }

/** Whether anything on the way to the outputs is NaN; what happens inside of loops is not looked at. */
function meetsNaN({ inputs, nodes }: Program, feeds: Readonly<Record<string, TensorValue>>): boolean {
  const all = nodes.flatMap(({ outputs }) => outputs).map((tensor, i) => ({ name: `value ${i}`, tensor }))
  return Object.values(evaluate(new Program(inputs, all, {}), feeds)).some(({ data }) => data.some(Number.isNaN))
}

/** How a backend differs from the reference on a random Program, in words; undefined if it does not. The sign of a 0 is not compared. */
async function backendFault(backend: Backend, seed: number, comparesNaN: boolean, counts: Compared): Promise<string | undefined> {
  const { program, feeds } = randomProgram(seed, options)
  if (!comparesNaN && meetsNaN(program, feeds)) return undefined
  const describeFault = (what: string): string => `seed ${seed} on ${backend.name}: ${what}\n${shown(program)}`
  const { exact, others } = reference(program, feeds, float32.errors, 'all')
  try {
    const executable = await backend.compile(program)
    const outputs = await executable.run(feeds)
    try {
      for (const [name, expected] of Object.entries(exact)) {
        const output = outputs[name]
        if (output === undefined) return describeFault(`${name} is missing`)
        const data = toNumbers(await output.data()).map((value) => value + 0)
        const got = { dtype: output.dtype, shape: output.shape, data }
        const unsigned = { ...expected, data: expected.data.map((value) => value + 0) }
        const disturbed = others.map((one) => one[name]).map((one) => one && { ...one, data: one.data.map((value) => value + 0) })
        const found = differenceOf(unsigned, got, disturbed, { limit: float32.limit(new Set()), granted: 0, signs: false }, counts)
        output.dispose()
        if (found !== undefined) return describeFault(`${name}: ${found}`)
      }
    } finally {
      await executable.dispose()
    }
    return undefined
  } catch (error) {
    return describeFault(error instanceof Error ? error.message : String(error))
  }
}

/**
 * Random Programs of float32 on a backend against the float64 reference.
 *
 * @param comparesNaN - false for a backend that loses NaN on the way: Programs that meet one are left out.
 */
export function describeBackendLaw(name: string, backend: () => Backend, count: number, comparesNaN = true): void {
  describe(`random programs on ${name}`, () => {
    const counts: Compared = { compared: 0, sensitive: 0 }
    const parts = Array.from({ length: Math.ceil(count / 50) }, (_, i) => 50 * i)
    test.each(parts)('seeds from %i', async (from) => {
      for (let seed = from; seed < Math.min(from + 50, count); seed++)
        expect(await backendFault(backend(), 3_000_000 + seed, comparesNaN, counts)).toBeUndefined()
    })
    test('nearly all numbers could be compared', () => {
      expect(counts.sensitive / (counts.sensitive + counts.compared)).toBeLessThan(0.1)
    })
  })
}
