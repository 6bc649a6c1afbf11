import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunState } from '@equivar/train'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const sources = new URL('../src/', import.meta.url)

/** Runs a program with a few epochs. */
async function run<Exports>(name: string, epochs: number): Promise<Exports> {
  vi.stubEnv('EPOCHS', `${epochs}`)
  vi.resetModules()
  return (await import(new URL(`${name}.ts`, sources).href)) as Exports
}

let said: string[] = []
beforeEach(() => {
  said = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    said.push(line)
  })
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('every program is shorter than 45 lines', async () => {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.ts'))
  expect(names.sort()).toEqual(['cube.ts', 'graph-regression.ts', 'inertia.ts', 'odd-image.ts'])
  for (const name of names) expect((await readFile(new URL(name, sources), 'utf8')).trimEnd().split('\n').length, name).toBeLessThan(45)
})

describe('graph-regression', () => {
  type Exports = { trained: RunState; result: { loss: number; mae: number; r2: number } }
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'equivar-programs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('learns, and goes on where it was stopped as if it had never stopped', async () => {
    vi.stubEnv('RUN', join(folder, 'whole.safetensors'))
    const whole = await run<Exports>('graph-regression', 5)
    expect(whole.result.r2).toBeGreaterThan(0.5)
    expect(said.length).toBe(6)
    vi.stubEnv('RUN', join(folder, 'parts.safetensors'))
    expect((await run<Exports>('graph-regression', 2)).trained.step).toBe(26)
    expect(said.length).toBe(9)
    const resumed = await run<Exports>('graph-regression', 5)
    expect(said.length).toBe(13)
    expect(resumed.trained).toEqual(whole.trained)
    expect(resumed.result).toEqual(whole.result)
  })
})

test('cube: learns, and ONNX Runtime gives a turned cube the same answer', async () => {
  const { y } = await run<{ y: { dims: readonly number[]; data: Float32Array } }>('cube', 4)
  expect(y.dims).toEqual([2, 1])
  // The roughness of that cube is 0.75; of a typical one it is 1.1.
  expect(Math.abs((y.data[0] as number) - 0.75)).toBeLessThan(0.3)
  expect(Math.abs((y.data[0] as number) - (y.data[1] as number))).toBeLessThan(1e-5)
})

test('inertia: learns, and the answer turns with the masses', async () => {
  const { losses, plain, before, after } = await run<Record<'losses' | 'plain' | 'before' | 'after', readonly number[]>>('inertia', 8)
  const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((x, i) => x - (b[i] as number)))
  // The mean square of the entries is 12.7.
  expect(losses.at(-1)).toBeLessThan(2)
  expect(distance(before, after)).toBeLessThan(1e-4 * Math.hypot(...after))
  expect(distance(before, plain)).toBeGreaterThan(0.05 * Math.hypot(...plain))
})

test('odd-image: learns, for larger sets and images too', async () => {
  const { result } = await run<{ result: { accuracy: number } }>('odd-image', 2)
  // By chance, one of 8 to 12 images is found in one of ten sets.
  expect(result.accuracy).toBeGreaterThan(0.4)
})
