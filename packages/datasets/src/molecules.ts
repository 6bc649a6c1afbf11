import { gunzipped } from './compression.ts'
import type { Batch, Dataset } from './dataset.ts'
import { requireIndices } from './dataset.ts'
import { FormatError, quoted } from './format-error.ts'
import { bool, float32 } from './values.ts'

const READER = 'parseXyz'

/** Atoms in space. */
export interface Molecule {
  /** Element symbols, one an atom. */
  readonly elements: readonly string[]
  /** Angstrom, [atoms, 3] row-major. */
  readonly positions: Float64Array
  /** What its comment line says as `key=number`. */
  readonly properties: Readonly<Record<string, number>>
}

/** Charges of the nuclei that occur in small organic molecules. */
const CHARGES: Readonly<Record<string, number>> = { H: 1, C: 6, N: 7, O: 8, F: 9, S: 16, Cl: 17 }

/** The charge of an element's nucleus. @throws RangeError if the element does not occur in small organic molecules. */
export function chargeOf(element: string): number {
  const charge = Object.hasOwn(CHARGES, element) ? CHARGES[element] : undefined
  if (charge === undefined) throw new RangeError(`chargeOf: expected ${Object.keys(CHARGES).join(', ')}, received ${element}.`)
  return charge
}

/**
 * Molecules of an xyz file, one after the other: a line with the number of atoms, a comment, a line `element x y z` an atom.
 *
 * @param bytes - text, or text compressed by gzip.
 * @throws FormatError naming the line if it is something else.
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
    if (!Number.isInteger(count) || count < 1) throw problem(at, 'a number of atoms')
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

/** Centres of the Gaussians of a distance, in Angstrom, and their width. */
const CENTRES = [0.9, 1.2, 1.5, 1.9, 2.4, 3, 4, 5.5]
const WIDTHS = [0.15, 0.15, 0.2, 0.25, 0.3, 0.4, 0.7, 1]

/** How many numbers a pair of atoms has in moleculeDataset. */
export const PAIR_CHANNELS: number = CENTRES.length + 2

/**
 * Molecules as dense graphs, each with a number to predict. What is told of a molecule does not change when it is moved or turned.
 *
 * A batch has `x` float32 [batch, n, elements], one-hot; `adj` float32 [batch, n, n, PAIR_CHANNELS], for two atoms d apart 1 / d, the Coulomb matrix's
 * Z_i Z_j / d (over 36) and Gaussians of d, and 0 on the diagonal; `mask` bool [batch, n]; `target` float32 [batch, 1].
 *
 * @param elements - the symbols, in the order of the channels.
 * @throws RangeError if an atom is of another element, or there are not as many targets as molecules.
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
  const charge = (atom: number): number => CHARGES[elements[atom]!] ?? 0
  to[0] = 1 / distance
  to[1] = (charge(i) * charge(j)) / (36 * distance)
  CENTRES.forEach((centre, k) => {
    to[2 + k] = Math.exp(-0.5 * ((distance - centre) / WIDTHS[k]!) ** 2)
  })
}

/** Least squares of the targets in the numbers of atoms of each element: what a molecule's energy is without its geometry. @returns one number an element. */
export function energiesOfElements(molecules: readonly Molecule[], targets: ArrayLike<number>, elements: readonly string[]): number[] {
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
