import { type Backend, evaluate, Program, type ReferenceValue, type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type RandomProgramOptions, randomProgram } from '../random-programs.ts'
import { shown } from '../shown.ts'
import { type Closeness, type Compared, differenceOf, judged } from './law.ts'

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

/** -0 as 0: its sign is not compared. */
const unsigned = (value: ReferenceValue): ReferenceValue => ({ ...value, data: value.data.map((x) => x + 0) })

/** A Program's outputs on a backend. */
async function valuesOn(
  backend: Backend,
  program: Program,
  feeds: Readonly<Record<string, TensorValue>>,
): Promise<Record<string, ReferenceValue>> {
  const executable = await backend.compile(program)
  try {
    const values: Record<string, ReferenceValue> = {}
    for (const [name, output] of Object.entries(await executable.run(feeds))) {
      values[name] = unsigned({ dtype: output.dtype, shape: output.shape, data: toNumbers(await output.data()) })
      output.dispose()
    }
    return values
  } finally {
    await executable.dispose()
  }
}

/** How a backend differs from the reference on a random Program, in words; undefined if it does not. The sign of a 0 is not compared. */
async function backendFault(backend: Backend, seed: number, comparesNaN: boolean, counts: Compared): Promise<string | undefined> {
  const { program, feeds } = randomProgram(seed, options)
  if (!comparesNaN && meetsNaN(program, feeds)) return undefined
  const describeFault = (what: string): string => `seed ${seed} on ${backend.name}: ${what}\n${shown(program)}`
  try {
    const got = await valuesOn(backend, program, feeds)
    const found = judged(program, feeds, float32.errors, 'all', counts, (exact, others, counted) => {
      for (const [name, expected] of Object.entries(exact)) {
        const disturbed = others.map((one) => one[name]).map((one) => one && unsigned(one))
        const limits = { limit: float32.limit(new Set()), granted: 0, signs: false }
        const difference = differenceOf(unsigned(expected), got[name], disturbed, limits, counted)
        if (difference !== undefined) return `${name}: ${difference}`
      }
      return undefined
    })
    return found === undefined ? undefined : describeFault(found)
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
