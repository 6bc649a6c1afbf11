import { gunzipped } from './compression.ts'
import type { Batch, Dataset } from './dataset.ts'
import { requireIndices } from './dataset.ts'
import { FormatError, quoted } from './format-error.ts'
import { bool, float32 } from './values.ts'

const READER = 'parseXyz'

/** A molecule: atoms with positions. */
export interface Molecule {
  /** The element symbol of each atom. */
  readonly elements: readonly string[]
  /** Positions in angstrom, [atoms, 3] row-major. */
  readonly positions: Float64Array
  /** The `key=number` pairs of the comment line. */
  readonly properties: Readonly<Record<string, number>>
}

/** The atomic numbers of the elements that occur in small organic molecules. */
const ATOMIC_NUMBERS: Readonly<Record<string, number>> = { H: 1, C: 6, N: 7, O: 8, F: 9, S: 16, Cl: 17 }

/**
 * The atomic number of an element.
 *
 * @throws RangeError if the element is not among those of small organic molecules.
 */
export function atomicNumber(element: string): number {
  const charge = Object.hasOwn(ATOMIC_NUMBERS, element) ? ATOMIC_NUMBERS[element] : undefined
  if (charge === undefined) throw new RangeError(`atomicNumber: expected ${Object.keys(ATOMIC_NUMBERS).join(', ')}, received ${element}.`)
  return charge
}

/**
 * Reads the molecules of an XYZ file. Each is a line with the number of atoms, a comment line, and one line `element x y z` per atom.
 *
 * @param bytes - text, optionally gzipped.
 * @throws FormatError that names the line, if the file does not have this form.
 */
export function parseXyz(bytes: Uint8Array, file: string = 'the file'): Molecule[] {
  const lines = new TextDecoder().decode(gunzipped(READER, file, bytes)).split('\n')
  const molecules: Molecule[] = []
  const problem = (at: number, expected: string): FormatError =>
    new FormatError({ reader: READER, file, line: at + 1, expected, received: quoted(lines[at] ?? 'the end of the file') })
  for (let at = 0; at < lines.length; ) {
    const first = (lines[at] as string).trim()
    if (first === '') {
      at++
      continue
    }
    const count = Number(first)
    if (!Number.isInteger(count) || count < 1) throw problem(at, 'the number of atoms')
    const elements: string[] = []
    const positions = new Float64Array(3 * count)
    for (let atom = 0; atom < count; atom++) {
      const [element = '', ...numbers] = (lines[at + 2 + atom] ?? '').trim().split(/\s+/)
      const place = numbers.slice(0, 3).map(Number)
      if (!/^[A-Z][a-z]?$/.test(element) || place.length < 3 || !place.every(Number.isFinite))
        throw problem(at + 2 + atom, `atom ${atom + 1} of ${count} as "element x y z"`)
      elements.push(element)
      positions.set(place, 3 * atom)
    }
    const properties = [...(lines[at + 1] ?? '').matchAll(/([\w]+)\s*=\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?=\s|$)/gi)]
    molecules.push({
      elements,
      positions,
      properties: Object.fromEntries(properties.map(([, key, value]) => [key as string, Number(value)])),
    })
    at += 2 + count
  }
  return molecules
}

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
 * @throws RangeError if an atom's element is not in `elements`, or the numbers of targets and molecules differ.
 */
export function moleculeDataset(molecules: readonly Molecule[], targets: ArrayLike<number>, elements: readonly string[]): Dataset {
  if (targets.length !== molecules.length)
    throw new RangeError(`moleculeDataset: expected ${molecules.length} targets, received ${targets.length}.`)
  const stranger = molecules.flatMap((molecule) => molecule.elements).find((element) => !elements.includes(element))
  if (stranger !== undefined) throw new RangeError(`moleculeDataset: expected atoms of ${elements.join(', ')}, received ${stranger}.`)
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
          if (j !== i) writePair(molecule, i, j, adj.subarray(((b * n + i) * n + j) * PAIR_CHANNELS))
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

function writePair({ elements, positions }: Molecule, i: number, j: number, to: Float32Array): void {
  const distance = Math.hypot(...[0, 1, 2].map((axis) => positions[3 * i + axis]! - positions[3 * j + axis]!))
  const charge = (atom: number): number => ATOMIC_NUMBERS[elements[atom]!] ?? 0
  to[0] = 1 / distance
  to[1] = (charge(i) * charge(j)) / (36 * distance)
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
