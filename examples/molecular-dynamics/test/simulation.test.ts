import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeInChromium, launchChromium, openPage } from '../../../tooling/browser/chromium.ts'
import { type FileServer, serve } from '../../../tooling/browser/server.ts'
import { type Atoms, massesOf, parseXyz } from '../src/atoms.ts'
import { type Drift, driftOf } from '../src/drift.ts'
import { type ForceField, kineticEnergy, velocityVerlet } from '../src/dynamics.ts'
import { loadForceField, type OnnxForceField } from '../src/force-field.ts'
import { angularMomentum, thermalStart, totalMomentum } from '../src/thermal.ts'
import { ACCELERATION } from '../src/units.ts'
import { observed, size, total } from './observe.ts'

const here = join(import.meta.dirname, '..')
/** Where screenshots are left to be looked at. */
const screenshots = process.env.EQUIVAR_SCREENSHOTS

let runs = ''
let atoms: Atoms
let field: OnnxForceField

beforeAll(async () => {
  runs = mkdtempSync(join(here, 'node_modules/.dynamics-'))
  vi.stubEnv('EPOCHS', '1')
  vi.stubEnv('RUNS', runs)
  await import('../src/train.ts')
  atoms = parseXyz(readFileSync(join(runs, 'page/start.xyz'), 'utf8'))
  field = await loadForceField(ort, readFileSync(join(runs, 'page/model.onnx')), atoms)
}, 120_000)

afterAll(async () => {
  await field.release()
  rmSync(runs, { recursive: true, force: true })
})

/** The largest angular frequency of small vibrations, in 1/fs, of atoms of one mass: the largest eigenvalue of the second derivatives, by power iteration. */
async function fastest(forceField: ForceField, { positions }: Atoms, mass: number): Promise<number> {
  const reach = 0.01
  let direction = Float64Array.from(positions, (_, c) => Math.sin(c + 1))
  let stiffness = 0
  for (let round = 0; round < 40; round++) {
    const length = size(direction)
    direction = direction.map((d) => d / length)
    const at = (by: number): Promise<{ forces: ArrayLike<number> }> => forceField(positions.map((x, c) => x + by * direction[c]!))
    const [ahead, behind] = [await at(reach), await at(-reach)]
    direction = direction.map((_, c) => (behind.forces[c]! - ahead.forces[c]!) / (2 * reach))
    stiffness = size(direction)
  }
  return Math.sqrt((stiffness * ACCELERATION) / mass)
}

describe('the motion of a cluster by a trained force field', () => {
  const duration = 1600
  const energiesAt = (forceField: ForceField, step: number): Promise<number[]> =>
    observed(velocityVerlet(forceField, thermalStart(atoms, { temperature: 18, step, seed: 1 })), duration / step, total)
  /** The root of the mean squared change at the times that both steps share. */
  const errorOf = (energies: readonly number[], every: number): number => {
    const shared = energies.filter((_, i) => i % every === 0)
    return Math.sqrt(shared.reduce((sum, energy) => sum + (energy - shared[0]!) ** 2, 0) / shared.length)
  }

  test('the total energy stays within (step w)^2 / 4 of the kinetic energy at the start, and half the step is a quarter of the error', async () => {
    const [mass] = massesOf(atoms) as unknown as [number]
    const frequency = await fastest(field, atoms, mass)
    const { kinetic } = (await observed(velocityVerlet(field, thermalStart(atoms, { temperature: 18, step: 1, seed: 1 })), 0, (s) => s))[0]!
    const [coarse, fine] = [await energiesAt(field, 16), await energiesAt(field, 8)]
    for (const [step, energies] of [
      [16, coarse],
      [8, fine],
    ] as const)
      expect(driftOf(energies).largest).toBeLessThan(((step * frequency) ** 2 / 4) * kinetic)
    const ratio = errorOf(coarse, 1) / errorOf(fine, 2)
    expect(ratio).toBeGreaterThan(3.8)
    expect(ratio).toBeLessThan(4.2)
  })

  test('forces that are not the derivative of the energy are noticed: half the step leaves the error', async () => {
    const wrong: ForceField = async (positions) => {
      const { energy, forces } = await field(positions)
      return { energy, forces: Array.from(forces, (force) => 1.05 * force) }
    }
    expect(errorOf(await energiesAt(wrong, 16), 1) / errorOf(await energiesAt(wrong, 8), 2)).toBeLessThan(2)
  })

  test('momentum and angular momentum are kept to the rounding of float32', async () => {
    const start = thermalStart(atoms, { temperature: 18, step: 8, seed: 1 })
    const { masses } = start
    const momenta = await observed(velocityVerlet(field, start), 200, ({ positions, velocities }) => ({
      linear: totalMomentum(masses, velocities),
      angular: angularMomentum(masses, positions, velocities),
    }))
    const change = (of: 'linear' | 'angular'): number =>
      Math.max(...momenta.map((each) => size(each[of].map((p, axis) => p - momenta[0]![of][axis]!))))
    const typical = Math.sqrt(2 * kineticEnergy(masses, Float64Array.from(start.velocities)) * ACCELERATION * masses[0]!)
    expect(change('linear')).toBeLessThan(1e-6 * typical)
    expect(change('angular')).toBeLessThan(1e-6 * typical * size(atoms.positions))
    expect(size(momenta[0]!.angular)).toBeGreaterThan(0.01 * typical)
  })

  test('with velocities turned round, the atoms go back to where they began', async () => {
    const start = thermalStart(atoms, { temperature: 18, step: 8, seed: 1 })
    const there = (await observed(velocityVerlet(field, start), 100, (snapshot) => snapshot)).at(-1)!
    const back = { ...start, positions: there.positions.slice(), velocities: there.velocities.map((v) => -v) }
    const end = (await observed(velocityVerlet(field, back), 100, (snapshot) => snapshot)).at(-1)!
    const away = size(end.positions.map((x, c) => x - atoms.positions[c]!))
    expect(size(there.positions.map((x, c) => x - atoms.positions[c]!))).toBeGreaterThan(0.3)
    expect(away).toBeLessThan(1e-3)
  })

  test('the program prints the energies and how well their sum was kept', async () => {
    const said: string[] = []
    vi.spyOn(console, 'log').mockImplementation((line: string) => {
      said.push(line)
    })
    const [model, start] = ['model.onnx', 'start.xyz'].map((name) => join(runs, 'page', name)) as [string, string]
    const { argv } = process
    process.argv = ['node', 'simulate.ts', model, start, '--steps', '50']
    const found = (await import('../src/simulate.ts')) as Drift
    process.argv = argv
    vi.restoreAllMocks()
    expect(said.length).toBe(13)
    expect(said.at(-1)).toBe(
      `total energy, meV per atom: drift ${found.drift.toFixed(5)}, fluctuation ${found.fluctuation.toFixed(5)}, largest change ${found.largest.toFixed(5)}`,
    )
    expect(found.largest).toBeLessThan(0.1)
  })

  test('atoms of other elements than those of the model', async () => {
    const file = readFileSync(join(runs, 'page/model.onnx'))
    const water = parseXyz('2\n\nO 0 0 0\nH 0.96 0 0\n')
    await expect(loadForceField(ort, file, water)).rejects.toThrow('expected atoms of 1 elements, as the model has them, received O, H.')
  })
})

describeInChromium('the page of molecular dynamics', () => {
  let server: FileServer
  let browser: Browser
  let page: Page
  /** What the page wrote on the console as an error, or asked of another host. */
  const complaints: string[] = []

  const text = async (id: string): Promise<string> => (await page.locator(`#${id}`).textContent()) ?? ''
  const value = async (id: string): Promise<number> => Number(await page.locator(`#${id}`).getAttribute('data-value'))
  const status = async (pattern: RegExp): Promise<void> => {
    await expect.poll(() => text('status'), { timeout: 30_000, interval: 50 }).toMatch(pattern)
  }
  const run = async (settings: Readonly<Record<string, number>>): Promise<void> => {
    for (const [label, number] of Object.entries(settings)) await page.getByLabel(label).fill(String(number))
    await page.getByRole('button', { name: 'Run' }).click()
  }
  const picture = async (name: string): Promise<void> => {
    if (screenshots === undefined) return
    mkdirSync(screenshots, { recursive: true })
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
  }
  /** The number of different colours on a canvas. */
  const colours = (id: string): Promise<number> =>
    page.locator(`#${id}`).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return new Set(new Uint32Array(data.buffer)).size
    })

  beforeAll(async () => {
    const outDir = join(runs, 'built')
    await build({
      root: here,
      configFile: join(here, 'vite.config.ts'),
      logLevel: 'warn',
      publicDir: join(runs, 'page'),
      build: { outDir, emptyOutDir: true },
    })
    server = await serve({ '/some/where/': outDir })
    browser = await launchChromium({ withWebGpu: false })
    // Below a path, as on a host that serves more than this page.
    page = await openPage(browser, `${server.url}/some/where/`, complaints)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('runs what lies beside it: the total energy is kept, better by shorter steps', async () => {
    await status(/^Ready/)
    const empty = await colours('energies')
    await run({ 'Time step': 16, Steps: 100 })
    await status(/^Done: 100 of 100 steps, 1\.6 ps/)
    const coarse = await value('fluctuation')
    expect(await colours('view')).toBeGreaterThan(50)
    expect(await colours('energies')).toBeGreaterThan(empty + 2)
    await picture('dynamics')
    await run({ 'Time step': 8, Steps: 200 })
    await status(/^Done: 200 of 200 steps, 1\.6 ps/)
    expect((await value('fluctuation')) / coarse).toBeCloseTo(1 / 4, 1)
    expect(complaints).toEqual([])
  })

  test('stops when told', async () => {
    await run({ Steps: 100_000 })
    await status(/^Running: \d+ of 100000/)
    await page.getByRole('button', { name: 'Stop' }).click()
    await status(/^Done: \d+ of 100000/)
    expect(Number(/\d+/.exec(await text('status'))?.[0])).toBeLessThan(100_000)
  })

  test('takes files of the user, and says what is wrong with others', async () => {
    const [broken, water, model] = ['broken.onnx', 'water.xyz', 'mine.onnx'].map((name) => join(runs, name)) as [string, string, string]
    writeFileSync(broken, 'no network')
    writeFileSync(water, '2\n\nO 0 0 0\nH 0.96 0 0\n')
    writeFileSync(model, readFileSync(join(runs, 'page/model.onnx')))
    await page.locator('#model').setInputFiles(broken)
    await expect.poll(() => text('message')).toMatch(/^broken\.onnx: /)
    await page.locator('#model').setInputFiles(model)
    await expect.poll(() => text('loaded')).toBe('mine.onnx, 13 atoms.')
    expect(await page.locator('#message').isVisible()).toBe(false)
    await page.locator('#atoms').setInputFiles(water)
    await expect.poll(() => text('message')).toBe('water.xyz: expected atoms of 1 elements, as the model has them, received O, H.')
    expect(await page.getByRole('button', { name: 'Run' }).isDisabled()).toBe(true)
    await page.locator('#atoms').setInputFiles(join(runs, 'page/start.xyz'))
    await run({ Steps: 20 })
    await status(/^Done: 20 of 20 steps/)
  })

  test('on a phone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await picture('dynamics-phone')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
})
