import {
  abs,
  add,
  type Dimension,
  type DimensionLike,
  differentiate,
  div,
  gather,
  mul,
  printShape,
  reduceSum,
  reshape,
  ShapeError,
  segmentSum,
  slice,
  sub,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'
import { edgesOf } from '../edges.ts'

/** What the cell of periodic structures adds. */
export interface PeriodicEnergy {
  /** int64 [2, edges]: row 0 the source, row 1 the target. */
  readonly edgeIndex: Tensor
  /** float32 [edges, 3]: the lattice vectors of the edges, that the energies were computed with. */
  readonly shifts: Tensor
  /** float32 [structures, 3, 3]: a lattice vector in each row. */
  readonly cell: Tensor
}

/** What energies were computed from. */
export interface EnergyInputs {
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
  /** int64 [nodes]: the structure of each node. Without it, all nodes are one structure. */
  readonly batch?: Tensor
  /** The number of structures; default 1. */
  readonly structures?: DimensionLike
  /** For periodic structures, whose stress is wanted. */
  readonly periodic?: PeriodicEnergy
}

/** The energies of structures and their derivatives. */
export interface EnergyAndForces {
  /** float32 [structures]. */
  readonly energy: Tensor
  /** float32 [nodes, 3]: minus the derivative by the positions. */
  readonly forces: Tensor
  /** float32 [structures, 3, 3], for periodic structures: the derivative by the strain of positions and cell, divided by the volume. */
  readonly stress?: Tensor
}

/**
 * The energy of structures, the forces on their points, and the stress of their cells, as expressions of the energies of points: a program that has them as outputs
 * trains through the forces (second derivatives), runs on every backend, and is one file when exported.
 *
 * Law: forces are -dE/dx, so dynamics conserve the energy; those of a structure add up to 0 if its energy does not change under translations. The stress is
 * sum_i x_i dE/dx_i + sum_e s_e dE/ds_e over the volume, with positions x and shifts s: the derivative by a strain e of E(x (1 + e), s (1 + e)) at 0. It is
 * symmetric if the energy does not change under rotations; positive diagonals are tension.
 *
 * @param energies - float32 [nodes] or [nodes, 1]: the share of each point, an expression of the positions (and shifts) themselves.
 * @throws ShapeError if a shape is another. RangeError if there are several structures and no batch.
 * @remarks Cost: two to three times that of the energies. In float32 the stress loses digits to cancellation for points far from the origin: keep them in or near
 * the cell.
 * @see Knuth et al. 2015, "All-electron formalism for total energy strain derivatives".
 * @example const { energy, forces } = energyAndForces(network.forward({ x, positions, edgeIndex }).y, { positions, batch, structures: 32 })
 */
export function energyAndForces(energies: Tensor, { positions, batch, structures = 1, periodic }: EnergyInputs): EnergyAndForces {
  const nodes = positions.shape[0] as Dimension
  const own = energies.rank === 2 && energies.shape[1] === 1 ? reshape(energies, [nodes]) : energies
  if (own.rank !== 1) throw new ShapeError('energyAndForces', 'energies [nodes] or [nodes, 1]', printShape(energies.shape))
  if (batch === undefined && structures !== 1)
    throw new RangeError(`energyAndForces: expected batch, the structure of each node, with several structures, received none.`)
  const energy = batch === undefined ? reduceSum(own, { axis: 0, keepDims: true }) : segmentSum(own, batch, structures)
  const total = reduceSum(own)
  if (periodic === undefined) {
    const [gradient] = differentiate(total, [positions]) as [Tensor]
    return { energy, forces: mul(gradient, -1) }
  }
  const { shifts, edgeIndex, cell } = periodic
  const [byPositions, byShifts] = differentiate(total, [positions, shifts]) as [Tensor, Tensor]
  const { targets } = edgesOf('energyAndForces', positions, edgeIndex, shifts)
  const ofNodes = sumOfStructures(outer(positions, byPositions), batch, structures)
  const ofEdges = sumOfStructures(outer(shifts, byShifts), batch === undefined ? undefined : gather(batch, targets), structures)
  const stress = div(add(ofNodes, ofEdges), volumes(cell))
  return { energy, forces: mul(byPositions, -1), stress }
}

/** a_i b_j. @param a - [rows, 3]. @param b - [rows, 3]. @returns [rows, 3, 3]. */
const outer = (a: Tensor, b: Tensor): Tensor => mul(unsqueeze(a, 2), unsqueeze(b, 1))

const sumOfStructures = (x: Tensor, batch: Tensor | undefined, structures: DimensionLike): Tensor =>
  batch === undefined ? reduceSum(x, { axis: 0, keepDims: true }) : segmentSum(x, batch, structures)

/** |a . (b x c)| of the rows of each matrix. @param cell - [structures, 3, 3]. @returns [structures, 1, 1]. */
function volumes(cell: Tensor): Tensor {
  if (cell.rank !== 3 || cell.shape[1] !== 3 || cell.shape[2] !== 3)
    throw new ShapeError('energyAndForces', 'cell [structures, 3, 3], a lattice vector in each row', printShape(cell.shape))
  const entry = (row: number, column: number): Tensor =>
    slice(slice(cell, { axis: 1, start: row, end: row + 1 }), { axis: 2, start: column, end: column + 1 })
  const minor = (i: number, j: number): Tensor => sub(mul(entry(1, i), entry(2, j)), mul(entry(1, j), entry(2, i)))
  const terms = [0, 1, 2].map((i) => mul(entry(0, i), minor((i + 1) % 3, (i + 2) % 3)))
  return abs(terms.reduce((sum, each) => add(sum, each)))
}
