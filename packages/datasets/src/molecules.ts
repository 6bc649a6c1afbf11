import { type Batch, type Dataset, requireIndices } from './dataset.ts'
import { atomicNumber } from './elements.ts'
import { bool, float32 } from './values.ts'
import type { Molecule } from './xyz.ts'

/** Centres and widths, in angstrom, of the Gaussian basis functions of a distance. */
const CENTRES = [0.9, 1.2, 1.5, 1.9, 2.4, 3, 4, 5.5]
const WIDTHS = [0.15, 0.15, 0.2, 0.25, 0.3, 0.4, 0.7, 1]

/** The number of edge channels of moleculeDataset. */
export const PAIR_CHANNELS: number = CENTRES.length + 2

/**
 * Molecules as dense graphs for regression. The features are invariant under translations and rotations of a molecule.
 *
 * A batch has `x` float32 [batch, n, elements], one-hot; `adj` float32 [batch, n, n, PAIR_CHANNELS]; `mask` bool [batch, n]; `target` float32 [batch, 1].
 * The channels of `adj` for two atoms at distance d are 1 / d, the Coulomb matrix entry Z_i Z_j / d divided by 36, and Gaussians of d. The diagonal is 0.
 *
 * @param elements - the symbols, in the order of the channels.
 * @throws RangeError if an atom's element is not in `elements` or no element at all, two atoms of a molecule are at one place, a molecule repeats in a lattice
 * (distances to its images would be missing), or the numbers of targets and molecules differ.
 */
export function moleculeDataset(molecules: readonly Molecule[], targets: ArrayLike<number>, elements: readonly string[]): Dataset {
  if (targets.length !== molecules.length)
    throw new RangeError(`moleculeDataset: expected ${molecules.length} targets, received ${targets.length}.`)
  const charges = new Map(elements.map((element) => [element, atomicNumber(element)]))
  molecules.forEach((molecule, m) => {
    requireMolecule(molecule, m, elements)
  })
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('moleculeDataset', indices, molecules.length)
    const chosen = Array.from(indices, (i) => molecules[i]!)
    const n = chosen.reduce((most, molecule) => Math.max(most, molecule.elements.length), 0)
    const x = new Float32Array(chosen.length * n * elements.length)
    const adj = new Float32Array(chosen.length * n * n * PAIR_CHANNELS)
    const mask = new Uint8Array(chosen.length * n)
    chosen.forEach((molecule, b) => {
      molecule.elements.forEach((element, i) => {
        x[(b * n + i) * elements.length + elements.indexOf(element)] = 1
        mask[b * n + i] = 1
        for (let j = 0; j < molecule.elements.length; j++)
          if (j !== i) writePair(molecule, i, j, charges, adj.subarray(((b * n + i) * n + j) * PAIR_CHANNELS))
      })
    })
    return {
      x: float32([chosen.length, n, elements.length], x),
      adj: float32([chosen.length, n, n, PAIR_CHANNELS], adj),
      mask: bool([chosen.length, n], mask),
      target: float32(
        [chosen.length, 1],
        Float32Array.from(indices, (i) => targets[i]!),
      ),
    }
  }
  return { length: molecules.length, sizes: Int32Array.from(molecules, ({ elements: atoms }) => atoms.length), batch }
}

/** The distance below which 1 / d or the Coulomb entry of the heaviest elements is more than float32 can hold. */
const SMALLEST_DISTANCE = 1e-35

const squaredDistance = (positions: ArrayLike<number>, i: number, j: number): number =>
  (positions[3 * i]! - positions[3 * j]!) ** 2 +
  (positions[3 * i + 1]! - positions[3 * j + 1]!) ** 2 +
  (positions[3 * i + 2]! - positions[3 * j + 2]!) ** 2

/** @throws RangeError that names the molecule and the atom. */
function requireMolecule({ elements: atoms, positions, lattice }: Molecule, m: number, elements: readonly string[]): void {
  const where = `moleculeDataset: molecule ${m}`
  if (positions.length !== 3 * atoms.length)
    throw new RangeError(`${where}: expected ${atoms.length} x 3 coordinates, received ${positions.length}.`)
  const stranger = atoms.findIndex((element) => !elements.includes(element))
  if (stranger !== -1)
    throw new RangeError(
      `${where}: expected atoms of ${elements.join(', ')}, received ${JSON.stringify(atoms[stranger])} as atom ${stranger}.`,
    )
  if (lattice !== undefined)
    throw new RangeError(`${where}: expected atoms in free space, received a lattice, whose images have no place in \`adj\`.`)
  const lost = positions.findIndex((coordinate) => !Number.isFinite(coordinate))
  if (lost !== -1) throw new RangeError(`${where}: expected finite coordinates, received others for atom ${Math.floor(lost / 3)}.`)
  for (let i = 0; i < atoms.length; i++)
    for (let j = 0; j < i; j++)
      if (squaredDistance(positions, i, j) < SMALLEST_DISTANCE ** 2)
        throw new RangeError(`${where}: expected atoms at different places, received atoms ${j} and ${i} at one place.`)
}

function writePair({ elements, positions }: Molecule, i: number, j: number, charges: ReadonlyMap<string, number>, to: Float32Array): void {
  const distance = Math.sqrt(squaredDistance(positions, i, j))
  to[0] = 1 / distance
  to[1] = (charges.get(elements[i]!)! * charges.get(elements[j]!)!) / (36 * distance)
  CENTRES.forEach((centre, k) => {
    to[2 + k] = Math.exp(-0.5 * ((distance - centre) / WIDTHS[k]!) ** 2)
  })
}

/**
 * Fits atomic reference energies: the least-squares prediction of a molecule's energy from the number of atoms of each element, without its geometry.
 *
 * @returns one energy per element.
 */
export function fitAtomicEnergies(molecules: readonly Molecule[], targets: ArrayLike<number>, elements: readonly string[]): number[] {
  const k = elements.length
  const normal = Array.from({ length: k }, (_, i) => Float64Array.from({ length: k + 1 }, (_, j) => (i === j ? 1e-9 : 0)))
  molecules.forEach((molecule, m) => {
    const counts = elements.map((element) => molecule.elements.filter((other) => other === element).length)
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) normal[i]![j]! += counts[i]! * counts[j]!
      normal[i]![k]! += counts[i]! * targets[m]!
    }
  })
  for (let pivot = 0; pivot < k; pivot++)
    for (let row = 0; row < k; row++) {
      if (row === pivot) continue
      const factor = normal[row]![pivot]! / normal[pivot]![pivot]!
      for (let column = pivot; column <= k; column++) normal[row]![column]! -= factor * normal[pivot]![column]!
    }
  return normal.map((row, i) => row[k]! / row[i]!)
}
