import { readFile } from 'node:fs/promises'
import type { ParticleRun } from '../charged-particles.ts'
import { FormatError } from '../format-error.ts'
import { type Frames, framesOf } from '../frames.ts'
import { type NumpyArray, parseNpy } from '../npy.ts'
import { parseNpz } from '../npz.ts'
import { type DataOptions, findFile } from './find-file.ts'

async function readNpy(name: string, folder: string, options: DataOptions): Promise<NumpyArray> {
  const path = await findFile({ name: `${name}.npy`, folder }, options)
  return parseNpy(await readFile(path), path)
}

/**
 * Loads the runs of the benchmark of charged particles from PART-charges.npy, PART-position-30.npy, PART-velocity-30.npy and PART-position-40.npy in the data
 * folder or its subfolder `nbody`.
 *
 * @throws MissingDataError if a file is missing (there is no download), FormatError if one is malformed or the shapes do not fit each other.
 */
export async function loadParticles(part: 'train' | 'valid' | 'test', options: DataOptions = {}): Promise<ParticleRun[]> {
  const names = ['charges', 'position-30', 'velocity-30', 'position-40']
  const arrays = await Promise.all(names.map((name) => readNpy(`${part}-${name}`, 'nbody', options)))
  const [runs = 0, particles = 0] = arrays[0]?.shape ?? []
  const [charges, positions, velocities, later] = arrays.map(({ shape, data }, i) => {
    const expected = i === 0 ? [runs, particles] : [runs, particles, 3]
    if (data instanceof Float32Array && shape.join() === expected.join()) return data
    throw new FormatError({
      reader: 'loadParticles',
      file: `${part}-${names[i]}.npy`,
      expected: `float32 [${expected.join(', ')}]`,
      received: `[${shape.join(', ')}]`,
    })
  }) as [Float32Array, Float32Array, Float32Array, Float32Array]
  return Array.from({ length: runs }, (_, r) => {
    const vectors = (all: Float32Array): Float32Array => all.subarray(3 * particles * r, 3 * particles * (r + 1))
    return {
      charges: charges.subarray(particles * r, particles * (r + 1)),
      positions: vectors(positions),
      velocities: vectors(velocities),
      later: vectors(later),
    }
  })
}

/**
 * Loads frames of a molecule with energies and forces, from the data folder or its subfolder `forces`: those to train on and those to test on from
 * NAME-PART-positions.npy, NAME-PART-energies.npy, NAME-PART-forces.npy and NAME-atomic-numbers.npy.
 *
 * @param name - such as `ethanol`.
 * @throws MissingDataError if a file is missing (there is no download), FormatError if one is malformed, RangeError if the name has invalid characters.
 */
export async function loadFrames(name: string, part: 'train' | 'test', options: DataOptions = {}): Promise<Frames> {
  requireName('loadFrames', name)
  const read = (array: string): Promise<NumpyArray> => readNpy(`${name}-${array}`, 'forces', options)
  return framesOf(
    {
      'atomic-numbers': await read('atomic-numbers'),
      positions: await read(`${part}-positions`),
      energies: await read(`${part}-energies`),
      forces: await read(`${part}-forces`),
    },
    `${name}-${part}`,
  )
}

/**
 * Loads all frames of a molecule from an archive of MD17, `md17_NAME.npz`, or of revised MD17, `rmd17_NAME.npz`, in the data folder or its subfolder `forces`.
 *
 * @throws MissingDataError if the file is missing (there is no download), FormatError if it is malformed, RangeError if the name has invalid characters.
 */
export async function loadTrajectory(name: string, kind: 'md17' | 'rmd17', options: DataOptions = {}): Promise<Frames> {
  requireName('loadTrajectory', name)
  const path = await findFile({ name: `${kind}_${name}.npz`, folder: 'forces' }, options)
  return framesOf(parseNpz(await readFile(path), path, options), path)
}

function requireName(where: string, name: string): void {
  if (!/^[\w-]+$/.test(name))
    throw new RangeError(`${where}: expected a name of letters, digits, _ and -, received ${JSON.stringify(name)}.`)
}
