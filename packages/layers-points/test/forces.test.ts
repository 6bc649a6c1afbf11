import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, Module, parametersOf } from '@equivar/nn'
import { evaluate, input, mul, type Program, program, Random, type Tensor, type TensorValue, toNumbers } from '@equivar/tensor'
import { relativeError, runToHost, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type AtomInputs, EgnnLayer, energyAndForces, PaiNn, radiusGraph, SchNet, TensorFieldNetwork } from '../src/index.ts'
import { randomOrthogonal } from './space.ts'

const float = (shape: readonly number[], data: ArrayLike<number>): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from(data),
})

const RADIUS = 3

/** The energy and the forces of a network on structures of points that are all of one kind, and the values of its parameters. */
function forceField(network: Module, energies: (inputs: AtomInputs) => Tensor, periodic = false) {
  const x = input('x', 'float32', ['nodes', 1])
  const positions = input('positions', 'float32', ['nodes', 3])
  const edgeIndex = input('edge_index', 'int64', [2, 'edges'])
  const batch = input('batch', 'int64', ['nodes'])
  const shifts = input('shifts', 'float32', ['edges', 3])
  const cell = input('cell', 'float32', [2, 3, 3])
  const structures = periodic ? 2 : 1
  const outputs = energyAndForces(energies({ x, positions, edgeIndex, ...(periodic ? { shifts } : {}) }), {
    positions,
    batch,
    structures,
    ...(periodic ? { periodic: { edgeIndex, shifts, cell } } : {}),
  })
  const parameters = Object.fromEntries(parametersOf(network))
  const inputs = { x, positions, edge_index: edgeIndex, batch, ...(periodic ? { shifts, cell } : {}), ...parameters }
  return { made: program({ inputs, outputs: { ...outputs } }), weights: initialize(network, 3) as Values }
}

const schnet = new SchNet({ inChannels: 1, outChannels: 1, channels: 6, gaussians: 8, radius: RADIUS, layers: 1 })
const painn = new PaiNn({ inChannels: 1, outChannels: 1, channels: 4, radial: 4, radius: RADIUS, layers: 2 })
const field = new TensorFieldNetwork({
  inChannels: 1,
  hidden: '3x0e + 2x1o + 1x2e',
  output: '1x0e',
  layers: 2,
  radial: 3,
  radius: RADIUS,
  neighbours: 3,
})
const networks = {
  schnet: { network: schnet, energies: (inputs: AtomInputs) => schnet.forward(inputs) },
  painn: { network: painn, energies: (inputs: AtomInputs) => painn.forward(inputs).y },
  field: { network: field, energies: (inputs: AtomInputs) => field.forward(inputs).flat() },
}

const CELLS = [3.1, 0.3, 0, -0.4, 2.9, 0.2, 0.1, 0, 3.3, 2.8, 0, 0, 0, 3.4, 0.5, 0.6, 0, 3]
const SIZES = [4, 3]

/** Two periodic structures. */
function crystals(): { positions: Float64Array; batch: BigInt64Array } {
  const random = new Random({ seed: 4 })
  return {
    positions: Float64Array.from({ length: 3 * 7 }, () => 3 * random.uniform()),
    batch: BigInt64Array.from({ length: 7 }, (_, i) => (i < (SIZES[0] as number) ? 0n : 1n)),
  }
}

/** Feeds of crystals whose positions and lattice vectors, as rows, are multiplied by a matrix; the edges are those that they have without it. */
function turned(matrix: readonly Float64Array[]): Values {
  const { positions, batch } = crystals()
  const edges = radiusGraph(positions, RADIUS, { cell: CELLS, batch: Array.from(batch, Number) })
  const times = (rows: ArrayLike<number>, structure: (row: number) => number): Float64Array =>
    Float64Array.from({ length: rows.length }, (_, at) => {
      const m = matrix[structure(Math.floor(at / 3))] as Float64Array
      return [0, 1, 2].reduce((sum, k) => sum + (rows[at - (at % 3) + k] as number) * (m[3 * k + (at % 3)] as number), 0)
    })
  const ofNode = (i: number): number => Number(batch[i])
  return {
    x: float([7, 1], new Float64Array(7).fill(1)),
    positions: float(
      [7, 3],
      times(positions, (i) => ofNode(i)),
    ),
    edge_index: edges.edgeIndex,
    batch: { dtype: 'int64', shape: [7], data: batch },
    shifts: float(
      [edges.count, 3],
      times(edges.shifts, (e) => ofNode(edges.targets[e] as number)),
    ),
    cell: float(
      [2, 3, 3],
      times(CELLS, (row) => Math.floor(row / 3)),
    ),
  }
}

const identity = (): Float64Array => Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)
const numbers = (made: Program, feeds: Values, name: string): Float64Array =>
  Float64Array.from(toNumbers(evaluate(made, feeds)[name]!.data))

describe.each(Object.entries(networks))('energies and forces of %s', (_, { network, energies }) => {
  const { made, weights } = forceField(network, energies, true)
  const feeds = { ...turned([identity(), identity()]), ...weights }
  const total = (given: Values): number => numbers(made, given, 'energy').reduce((sum, each) => sum + each, 0)

  test('forces are minus the derivative of the energy', () => {
    const forces = numbers(made, feeds, 'forces')
    const step = 1e-4
    const differences = forces.map((_, at) => {
      const moved = (by: number): Values => {
        const positions = Float64Array.from(toNumbers(feeds.positions!.data))
        positions[at]! += by
        return { ...feeds, positions: float([7, 3], positions) }
      }
      return -(total(moved(step)) - total(moved(-step))) / (2 * step)
    })
    expect(relativeError(forces, differences)).toBeLessThan(1e-6)
  })

  test('the stress is the derivative of each energy by the strain of its structure, over the volume', () => {
    const stress = numbers(made, feeds, 'stress')
    const volume = [0, 1].map((s) => {
      const [a, b, c, d, e, f, g, h, i] = CELLS.slice(9 * s, 9 * s + 9) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      return Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    })
    const step = 1e-4
    const differences = stress.map((_, at) => {
      const [s, entry] = [Math.floor(at / 9), at % 9]
      const strained = (by: number): Values => {
        const matrices = [identity(), identity()]
        matrices[s]![entry]! += by
        return { ...turned(matrices), ...weights }
      }
      return (total(strained(step)) - total(strained(-step))) / (2 * step * volume[s]!)
    })
    expect(relativeError(stress, differences)).toBeLessThan(1e-6)
    const transposed = stress.map((_, at) => stress[9 * Math.floor(at / 9) + 3 * (at % 3) + (Math.floor(at / 3) % 3)]!)
    expect(relativeError(stress, transposed)).toBeLessThan(1e-12)
  })

  test('the stress turns with the crystal, on both sides', () => {
    const q = randomOrthogonal(new Random({ seed: 9 }), false)
    const [plain, after] = [feeds, { ...turned([q, q]), ...weights }].map((given) => numbers(made, given, 'stress')) as [
      Float64Array,
      Float64Array,
    ]
    const expected = plain.map((_, at) => {
      const [base, i, j] = [9 * Math.floor(at / 9), Math.floor((at % 9) / 3), at % 3]
      let sum = 0
      for (let k = 0; k < 3; k++) for (let l = 0; l < 3; l++) sum += q[3 * k + i]! * plain[base + 3 * k + l]! * q[3 * l + j]!
      return sum
    })
    expect(relativeError(after, expected)).toBeLessThan(1e-12)
  })

  test('ONNX Runtime agrees', async () => {
    const executable = await onnxBackend().compile(made)
    const found = await runToHost(executable, feeds)
    await executable.dispose()
    for (const name of ['energy', 'forces', 'stress'])
      expect(relativeError(toNumbers(found[name]!.data), numbers(made, feeds, name)), name).toBeLessThan(1e-5)
  })
})

/** Four points on a tetrahedron that is pressed a little, each joined with all others. */
const START = [0, 0, 0, 1.1, 1.2, 0, 1.2, 0, 1.1, 0, 1.1, 1.2]

/** The largest error of the total energy on the way. */
function dynamics(made: Program, weights: Values, { dt, time }: { readonly dt: number; readonly time: number }): number {
  const { edgeIndex } = radiusGraph(START, 10)
  const count = START.length / 3
  const positions = Float64Array.from(START)
  const random = new Random({ seed: 6 })
  const velocities = positions.map(() => 0.1 * random.normal())
  const fixed = {
    ...weights,
    x: float([count, 1], new Float64Array(count).fill(1)),
    edge_index: edgeIndex,
    batch: { dtype: 'int64' as const, shape: [count], data: new BigInt64Array(count) },
  }
  const look = (): { potential: number; forces: Float64Array } => {
    const found = evaluate(made, { ...fixed, positions: float([count, 3], positions) })
    return { potential: toNumbers(found.energy!.data)[0] as number, forces: Float64Array.from(toNumbers(found.forces!.data)) }
  }
  let { potential, forces } = look()
  const whole = (): number => potential + velocities.reduce((sum, v) => sum + (v * v) / 2, 0)
  const first = whole()
  let largest = 0
  for (let step = 0; step < Math.round(time / dt); step++) {
    for (let k = 0; k < positions.length; k++) {
      velocities[k]! += (dt / 2) * forces[k]!
      positions[k]! += dt * velocities[k]!
    }
    ;({ potential, forces } = look())
    for (let k = 0; k < positions.length; k++) velocities[k]! += (dt / 2) * forces[k]!
    largest = Math.max(largest, Math.abs(whole() - first))
  }
  return largest
}

/** EGNN with directions in its published form, whose derivatives are not those of its values. */
class Detached extends Module {
  readonly first = new EgnnLayer({ channels: 1, hiddenChannels: 6, normalize: 'detached', aggregation: 'sum' })
  readonly second = new EgnnLayer({ channels: 1, hiddenChannels: 6, movesPoints: false })

  forward(inputs: AtomInputs): Tensor {
    return this.second.forward({ ...inputs, ...this.first.forward(inputs) }).x
  }
}

describe('dynamics by velocity Verlet', () => {
  const { made, weights } = forceField(schnet, (inputs) => mul(schnet.forward(inputs), 30))

  test('conserve the energy over 1,000 steps, the better the shorter the step, as its square', () => {
    const [long, short] = [dynamics(made, weights, { dt: 0.08, time: 40 }), dynamics(made, weights, { dt: 0.04, time: 40 })]
    expect(short).toBeLessThan(1e-6)
    expect(long / short).toBeGreaterThan(3.5)
    expect(long / short).toBeLessThan(4.5)
  })

  test('do not, along forces that are not the derivative of an energy', () => {
    const detached = new Detached()
    const field = forceField(detached, (inputs) => detached.forward(inputs))
    const scaled = { ...field.weights, 'first.stepOut.weight': float([6, 1], new Float64Array(6).fill(0.5)) }
    const [long, short] = [dynamics(field.made, scaled, { dt: 0.08, time: 8 }), dynamics(field.made, scaled, { dt: 0.04, time: 8 })]
    expect(long / short).toBeLessThan(1.5)
  })
})

test('errors say what is expected', () => {
  const positions = input('positions', 'float32', ['nodes', 3])
  const vectors = input('vectors', 'float32', ['nodes', 2])
  const single = input('single', 'float32', ['nodes'])
  expect(() => energyAndForces(vectors, { positions })).toThrow(
    /energyAndForces: expected energies \[nodes\] or \[nodes, 1\], received \[nodes, 2\]/,
  )
  expect(() => energyAndForces(single, { positions, structures: 2 })).toThrow(/expected batch, the structure of each node/)
})
