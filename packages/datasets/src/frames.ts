import { FormatError } from './format-error.ts'
import type { NumpyArray } from './npy.ts'
import { toTensorValue } from './numpy-tensor.ts'

/** Frames of one molecule: the same atoms in many places, with the energy and the forces of each. */
export interface Frames {
  /** The atomic number of each atom. */
  readonly atomicNumbers: Int32Array
  /** The number of frames. */
  readonly length: number
  /** [frames, atoms, 3], row-major. */
  readonly positions: Float64Array
  /** [frames]. */
  readonly energies: Float64Array
  /** [frames, atoms, 3], row-major. */
  readonly forces: Float64Array
}

/** What the arrays of Frames are called: in MD17, in revised MD17, and in a folder of .npy files. */
const spellings = {
  atomicNumbers: ['z', 'nuclear_charges', 'atomic-numbers'],
  positions: ['R', 'coords', 'positions'],
  energies: ['E', 'energies'],
  forces: ['F', 'forces'],
} as const

const numbersOf = (array: NumpyArray, name: string): Float64Array =>
  array.data instanceof Float64Array ? array.data : Float64Array.from(toTensorValue(array, 'float32', name).data as Float32Array)

/**
 * Frames from named arrays, as parseNpz gives them for files of MD17 (`R`, `E`, `F`, `z`) and revised MD17 (`coords`, `energies`, `forces`, `nuclear_charges`).
 * Units stay as they are: angstrom and kcal/mol in both. Further arrays are passed over.
 *
 * @param file - the name of the file in error messages.
 * @throws FormatError if an array is missing, or has another shape.
 * @see Chmiela et al. 2017 (MD17); Christensen, von Lilienfeld 2020 (revised MD17).
 */
export function framesOf(arrays: Readonly<Record<string, NumpyArray>>, file: string = 'the archive'): Frames {
  const found = (key: keyof typeof spellings): { readonly name: string; readonly array: NumpyArray } => {
    const name = spellings[key].find((each) => Object.hasOwn(arrays, each))
    if (name !== undefined) return { name, array: arrays[name] as NumpyArray }
    const received = Object.keys(arrays).join(', ') || 'none'
    throw new FormatError({ reader: 'framesOf', file, expected: `an array ${spellings[key].join(' or ')}`, received })
  }
  const kinds = found('atomicNumbers')
  const atoms = kinds.array.shape[0] ?? 0
  const frames = found('positions').array.shape[0] ?? 0
  const shaped = (key: keyof typeof spellings, shapes: readonly (readonly number[])[]): NumpyArray => {
    const { name, array } = found(key)
    if (shapes.some((shape) => shape.join() === array.shape.join())) return array
    const expected = `${name} of shape ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ')}`
    throw new FormatError({ reader: 'framesOf', file, expected, received: `[${array.shape.join(', ')}]` })
  }
  return {
    atomicNumbers: toTensorValue(shaped('atomicNumbers', [[atoms]]), 'int32', kinds.name).data as Int32Array,
    length: frames,
    positions: numbersOf(shaped('positions', [[frames, atoms, 3]]), 'positions'),
    energies: numbersOf(shaped('energies', [[frames], [frames, 1]]), 'energies'),
    forces: numbersOf(shaped('forces', [[frames, atoms, 3]]), 'forces'),
  }
}
