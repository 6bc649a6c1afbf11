import { atomicNumber, type Dataset, type Molecule } from '@equivar/datasets'
import { atomSignals, smallestDistance } from '@equivar/layers-sphere'
import { tensorValue } from '@equivar/tensor'

/** Options of `atomSignalDataset`. */
export interface AtomSignalDatasetOptions {
  readonly molecules: readonly Molecule[]
  readonly energies: readonly number[]
  /** Symbols of the elements in the order of the channels. */
  readonly elements: readonly string[]
  readonly bandwidth: number
  /** Radius of the spheres in Angstrom. */
  readonly radius: number
}

/** The largest radius for which spheres around the atoms of a molecule do not overlap: half the smallest distance. */
export function radiusOf(molecules: readonly Molecule[]): number {
  return molecules.reduce((least, { positions }) => (positions.length < 6 ? least : Math.min(least, smallestDistance(positions) / 2)), 1)
}

/**
 * Molecules as signals on spheres around their atoms. The atoms of all molecules of a batch are concatenated, without padding: `x` float32
 * [atoms, elements, 2b, 2b], the Coulomb potentials z_i z_j / (36 distance) of the other atoms, with one channel per element; `elements` float32
 * [atoms, elements], one-hot; `batch` int64 [atoms], the index of the molecule; `num_graphs` int64; `target` float32 [batch, 1].
 *
 * Signals are computed for each batch, because all of QM7 at bandwidth 10 would take 0.9 GB.
 *
 * @throws RangeError if a molecule does not exist, or an atom is of another element.
 * @see Cohen, Geiger, Koehler, Welling 2018, "Spherical CNNs", section 5.4.
 */
export function atomSignalDataset({ molecules, energies, elements, bandwidth, radius }: AtomSignalDatasetOptions): Dataset {
  const species = elements.map(atomicNumber)
  const size = elements.length * 4 * bandwidth * bandwidth
  const signalsOf = ({ positions, elements: symbols }: Molecule): Float32Array =>
    atomSignals(positions, symbols.map(atomicNumber), { species, radius, bandwidth })
  return {
    length: molecules.length,
    batch: (indices) => {
      const chosen = Array.from(indices, (i) => {
        const molecule = molecules[i]
        if (molecule === undefined)
          throw new RangeError(`atomSignalDataset: expected numbers of molecules from 0 to ${molecules.length - 1}, received ${i}.`)
        return molecule
      })
      const atoms = chosen.flatMap((molecule, m) => molecule.elements.map((element) => ({ element, m })))
      const stranger = atoms.find(({ element }) => !elements.includes(element))
      if (stranger !== undefined)
        throw new RangeError(`atomSignalDataset: expected atoms of ${elements.join(', ')}, received ${stranger.element}.`)
      const x = new Float32Array(atoms.length * size)
      let at = 0
      for (const molecule of chosen) {
        x.set(
          signalsOf(molecule).map((v) => v / 36),
          at,
        )
        at += molecule.elements.length * size
      }
      const oneHot = new Float32Array(atoms.length * elements.length)
      for (const [i, { element }] of atoms.entries()) oneHot[i * elements.length + elements.indexOf(element)] = 1
      return {
        x: { dtype: 'float32', shape: [atoms.length, elements.length, 2 * bandwidth, 2 * bandwidth], data: x },
        elements: { dtype: 'float32', shape: [atoms.length, elements.length], data: oneHot },
        batch: tensorValue(
          'int64',
          [atoms.length],
          atoms.map(({ m }) => m),
        ),
        num_graphs: tensorValue('int64', [], [chosen.length]),
        target: tensorValue(
          'float32',
          [chosen.length, 1],
          Array.from(indices, (i) => energies[i] as number),
        ),
      }
    },
  }
}
