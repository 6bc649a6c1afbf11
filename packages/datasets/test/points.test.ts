import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  chargedParticles,
  completeEdges,
  type Frames,
  formatNpz,
  framesOf,
  type Graph,
  lennardJonesFrames,
  type NumpyArray,
  type Particles,
  parseNpz,
  pointGraphs,
  simulateParticles,
  unitFactor,
} from '@equivar/datasets'
import { loadFrames, loadParticles, MissingDataError } from '@equivar/datasets/node'
import { type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const goldenFile = join(sharedData, '../fixtures/points/egnn-charged-particles.json')
const numbers = (value: TensorValue | undefined): number[] => Array.from(toNumbers((value as TensorValue).data))

const structure = (nodes: number, offset: number): Graph => ({
  nodes,
  features: Float32Array.from({ length: 2 * nodes }, (_, i) => offset + i),
  edges: completeEdges(nodes),
})
const vectors = (nodes: number, offset: number): Float64Array => Float64Array.from({ length: 3 * nodes }, (_, i) => offset + 10 * i)
const sizes = [3, 0, 1, 2]
const graphs = sizes.map((nodes, g) => structure(nodes, 100 * g))
const positions = sizes.map((nodes, g) => vectors(nodes, g))

describe('structures of points', () => {
  test('are joined as they are: features, vectors, edges and targets of the chosen ones, in their order', () => {
    const set = pointGraphs({ graphs, y: [5, 6, 7, 8] }, { positions, forces: positions })
    const batch = set.batch([3, 0, 2])
    expect(batch.x.shape).toEqual([6, 2])
    expect(numbers(batch.x)).toEqual([300, 301, 302, 303, 0, 1, 2, 3, 4, 5, 200, 201])
    expect(batch.positions).toEqual({
      dtype: 'float32',
      shape: [6, 3],
      data: Float32Array.from([...(positions[3] as Float64Array), ...(positions[0] as Float64Array), ...(positions[2] as Float64Array)]),
    })
    expect(batch.forces).toEqual(batch.positions)
    expect(numbers(batch.edge_index)).toEqual([1, 0, 3, 4, 2, 4, 2, 3, 0, 1, 2, 2, 3, 3, 4, 4])
    expect(numbers(batch.batch)).toEqual([0, 0, 1, 1, 1, 2])
    expect(numbers(batch.num_graphs)).toEqual([3])
    expect(numbers(batch.target)).toEqual([8, 5, 7])
    expect(set.batch([1]).positions.shape).toEqual([0, 3])
  })

  test('have classes, or numbers of each point', () => {
    const classed = pointGraphs({ name: 'shapes', graphs, labels: Int32Array.of(0, 1, 1, 0), classes: ['a', 'b'] }, { positions })
    expect(numbers(classed.batch([1, 3]).target)).toEqual([1, 0])
    expect(classed.classes).toEqual(['a', 'b'])
    const moved = pointGraphs({ graphs, ys: positions }, { positions })
    expect(moved.batch([2, 3]).target).toEqual(moved.batch([2, 3]).positions)
  })

  test('with too few vectors or features are refused', () => {
    expect(() => pointGraphs({ graphs, y: [1, 2, 3, 4] }, { positions: positions.slice(1) })).toThrow(
      'pointGraphs: expected positions of each of 4 structures, received 3.',
    )
    const short = [...positions.slice(0, 3), vectors(1, 0)]
    expect(() => pointGraphs({ graphs, y: [1, 2, 3, 4] }, { velocities: short })).toThrow(
      'pointGraphs: structure 3: expected 2 x 3 numbers in velocities, received 3.',
    )
    const bare = { nodes: 3, edges: completeEdges(3) }
    expect(() => pointGraphs({ graphs: [...graphs, bare], y: [1, 2, 3, 4, 5] }, {}).batch([4])).toThrow('expected 3 x 2 features')
  })

  test('edges between all pairs are ordered by target', () => {
    const { sources, targets } = completeEdges(4)
    const pairs = Array.from(sources, (source, e) => [targets[e] as number, source])
    const all = [0, 1, 2, 3].flatMap((target) => [0, 1, 2, 3].filter((source) => source !== target).map((source) => [target, source]))
    expect(pairs).toEqual(all)
    expect(completeEdges(1).sources).toHaveLength(0)
    expect(completeEdges(0).sources).toHaveLength(0)
  })
})

describe('charged particles', () => {
  test.skipIf(!existsSync(goldenFile))('move as in the published simulator (skipped without the golden file)', () => {
    const { tensors } = JSON.parse(readFileSync(goldenFile, 'utf8')) as {
      tensors: Record<string, { shape: number[]; data: number[] }>
    }
    const part = (name: string, run: number): number[] => {
      const { shape, data } = tensors[name] as { shape: number[]; data: number[] }
      const size = data.length / (shape[0] as number)
      return data.slice(run * size, (run + 1) * size)
    }
    const frames = [0, 10, 30, 40]
    for (const run of [0, 1]) {
      const states = simulateParticles(
        { charges: part('in:charges', run), positions: part('in:start-position', run), velocities: part('in:start-velocity', run) },
        frames,
      )
      states.forEach((state, f) => {
        for (const [name, got] of [
          ['position', state.positions],
          ['velocity', state.velocities],
        ] as const) {
          const wanted = part(`out:${name}-${frames[f]}`, run)
          const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] as number))))
          expect(worst, `run ${run}, ${name} at frame ${frames[f]}`).toBeLessThan(1e-10)
        }
      })
    }
  })

  test('by the recipe: charges of 1 and -1, the same for the same seed, each run its own', () => {
    const runs = chargedParticles({ count: 20, seed: 3 })
    const charges = runs.flatMap((run) => Array.from(run.charges))
    expect(new Set(charges)).toEqual(new Set([1, -1]))
    expect(chargedParticles({ count: 2, seed: 3 })).toEqual(runs.slice(0, 2))
    expect(chargedParticles({ count: 1, seed: 4 })[0]).not.toEqual(runs[0])
    expect(runs[0]?.positions).not.toEqual(runs[1]?.positions)
    expect(runs.every(({ positions: now, later }) => now.length === 15 && later.length === 15)).toBe(true)
    expect(() => chargedParticles({ count: 0, seed: 1 })).toThrow(
      'chargedParticles: expected count to be an integer of at least 1, received 0.',
    )
  })

  test('alone go straight on, and a pair keeps its momentum and mirrors itself', () => {
    const alone: Particles = { charges: [1], positions: [0, 1, 2], velocities: [1, 0, -1] }
    const [state] = simulateParticles(alone, [9])
    expect(Array.from(state?.positions ?? [], (x) => Math.round(x * 1e9) / 1e9)).toEqual([1, 1, 1])
    const pair: Particles = { charges: [1, 1], positions: [-1, 0, 0, 1, 0, 0], velocities: [0, 0.1, 0, 0, -0.1, 0] }
    const [then] = simulateParticles(pair, [20]) as [Particles]
    for (let c = 0; c < 3; c++) {
      expect(then.positions[c]).toBeCloseTo(-(then.positions[3 + c] as number), 10)
      expect(then.velocities[c]).toBeCloseTo(-(then.velocities[3 + c] as number), 10)
    }
    expect(then.positions[3]).toBeGreaterThan(1)
  })

  test.skipIf(isMissing('nbody/test-charges.npy'))('are read from files (skipped without them)', async () => {
    const runs = await loadParticles('test', { data: sharedData })
    expect(runs).toHaveLength(2000)
    // Straight on is a good guess, as the data's own description says: a mean squared error of 0.084 at 0.724 units of time.
    const errors = runs.flatMap(({ positions: x, velocities: v, later }) =>
      Array.from(later, (value, i) => (value - (x[i] as number) - 0.724 * (v[i] as number)) ** 2),
    )
    expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeCloseTo(0.0836, 2)
    await expect(loadParticles('train', { data: '/nowhere', cache: '/nowhere' })).rejects.toThrow(MissingDataError)
  })
})

describe('frames of a molecule', () => {
  const array = (shape: number[], data: ArrayLike<number>): NumpyArray =>
    ({
      dtype: 'float64',
      shape,
      data: Float64Array.from(data),
      fortran: false,
    }) as unknown as NumpyArray
  const kinds = { dtype: 'uint8', shape: [2], data: Uint8Array.of(6, 1) } as unknown as NumpyArray
  const twelve = Float64Array.from({ length: 12 }, (_, i) => i)

  test.each([
    ['MD17', { R: array([2, 2, 3], twelve), E: array([2, 1], [7, 8]), F: array([2, 2, 3], twelve), z: kinds }],
    [
      'revised MD17',
      { coords: array([2, 2, 3], twelve), energies: array([2], [7, 8]), forces: array([2, 2, 3], twelve), nuclear_charges: kinds },
    ],
  ])('are read from an archive of %s', (_, arrays) => {
    const frames: Frames = framesOf(parseNpz(formatNpz(arrays)))
    expect(frames).toEqual({
      atomicNumbers: Int32Array.of(6, 1),
      length: 2,
      positions: twelve,
      energies: Float64Array.of(7, 8),
      forces: twelve,
    })
  })

  test('that do not fit are refused', () => {
    const good = { R: array([2, 2, 3], twelve), E: array([2], [7, 8]), F: array([2, 2, 3], twelve), z: kinds }
    const { F: _, ...some } = good
    expect(() => framesOf(some, 'a.npz')).toThrow('framesOf: a.npz: expected an array F or forces, received R, E, z.')
    expect(() => framesOf({ ...good, E: array([3], [7, 8, 9]) }, 'a.npz')).toThrow('expected E of shape [2] or [2, 1], received [3].')
    expect(() => framesOf({ ...good, F: array([2, 6], twelve) })).toThrow('expected F of shape [2, 2, 3], received [2, 6].')
  })

  test.skipIf(isMissing('forces/ethanol-train-forces.npy'))('are read from a folder (skipped without it)', async () => {
    const { atomicNumbers, length, positions: places, energies, forces } = await loadFrames('ethanol', 'train', { data: sharedData })
    expect([length, atomicNumbers.length, places.length, energies.length, forces.length]).toEqual([1000, 9, 27_000, 1000, 27_000])
    expect(energies.reduce((a, b) => a + b, 0) / length).toBeCloseTo(-97076.26, 1)
    expect(Math.sqrt(forces.reduce((sum, f) => sum + f * f, 0) / forces.length)).toBeCloseTo(27.57, 1)
    await expect(loadFrames('../x', 'train')).rejects.toThrow('expected a name of letters')
  })
})

describe('a Lennard-Jones cluster', () => {
  const { positions, energies, forces, length, atomicNumbers } = lennardJonesFrames({ count: 40, atoms: 6, seed: 2 })
  /** The energy of one frame, by the formula of the potential, in kcal/mol. */
  const energyOf = (x: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < i; j++) {
        const r = Math.hypot(...[0, 1, 2].map((c) => (x[3 * i + c] as number) - (x[3 * j + c] as number))) / 3.4
        sum += 4 * 0.238 * (r ** -12 - r ** -6)
      }
    return sum
  }

  test('has the energies of the potential, and forces that are minus their derivatives', () => {
    expect([length, atomicNumbers.length, positions.length, forces.length]).toEqual([40, 6, 720, 720])
    for (const frame of [0, 17, 39]) {
      const x = positions.slice(18 * frame, 18 * (frame + 1))
      expect(energies[frame]).toBeCloseTo(energyOf(x), 10)
      for (const c of [0, 7, 17]) {
        const moved = (by: number): number => energyOf(x.map((value, i) => value + (i === c ? by : 0)))
        expect(forces[18 * frame + c]).toBeCloseTo(-(moved(1e-5) - moved(-1e-5)) / 2e-5, 6)
      }
    }
  })

  test('stays together, moves, and is the same for the same seed', () => {
    expect(Math.max(...energies)).toBeLessThan(0.238 * -5)
    expect(new Set(energies).size).toBe(40)
    expect(lennardJonesFrames({ count: 3, atoms: 6, seed: 2 }).energies).toEqual(energies.slice(0, 3))
    expect(lennardJonesFrames({ count: 3, atoms: 6, seed: 3 }).energies).not.toEqual(energies.slice(0, 3))
    expect(() => lennardJonesFrames({ count: 3, atoms: 1, seed: 3 })).toThrow('expected atoms to be an integer of at least 2, received 1')
    expect(() => lennardJonesFrames({ count: 3, temperature: 2, seed: 3 })).toThrow('expected a temperature between 0 and 1, received 2')
  })
})

test('units are converted by name', () => {
  expect(unitFactor('kcal/mol', 'meV')).toBeCloseTo(43.3641, 4)
  expect(unitFactor('hartree', 'kcal/mol')).toBeCloseTo(627.5095, 4)
  expect(unitFactor('hartree', 'eV')).toBeCloseTo(27.2114, 4)
  expect(unitFactor('kcal/mol', 'kJ/mol')).toBeCloseTo(4.184, 12)
  expect(unitFactor('bohr', 'angstrom')).toBeCloseTo(0.529177, 6)
  expect(unitFactor('nm', 'angstrom')).toBeCloseTo(10, 12)
  expect(() => unitFactor('bohr' as 'eV', 'eV')).toThrow('unitFactor: expected two units of hartree')
})
