import { readFile } from 'node:fs/promises'
import type { ReadOptions } from '../allowance.ts'
import type { ClassDataset } from '../dataset.ts'
import { FormatError } from '../format-error.ts'
import { parseIdx } from '../idx.ts'
import { imageDataset } from '../images.ts'
import { type NumpyArray, parseNpy } from '../npy.ts'
import { type NodeClassification, parsePlanetoid } from '../planetoid.ts'
import type { PosedMesh } from '../point-clouds.ts'
import { parseRelief, type ReliefMap } from '../relief.ts'
import { parseTu, type TuSet } from '../tu.ts'
import { type Molecule, parseXyz } from '../xyz.ts'
import { type DataOptions, findFile } from './find-file.ts'
import { readUnpacked } from './read-unpacked.ts'
import { mnistResource, tuResource } from './resources.ts'

const limitOf = ({ maxBytes }: DataOptions): ReadOptions => (maxBytes === undefined ? {} : { maxBytes })

/**
 * Loads a TU data set by name: NAME.zip from the data folder, the cache, or the network.
 *
 * @param name - such as MUTAG. The sets of `downloadableTuSets()` can be downloaded; any other must be in the data folder.
 * @throws MissingDataError if the file is not found, FormatError if it is malformed, RangeError if the name has invalid characters.
 */
export async function loadTu(name: string, options: DataOptions = {}): Promise<TuSet> {
  if (!/^[\w-]+$/.test(name)) {
    throw new RangeError(`loadTu: expected a name of letters, digits, _ and -, received ${JSON.stringify(name)}.`)
  }
  const path = await findFile(tuResource(name) ?? { name: `${name}.zip`, folder: 'tu' }, options)
  return parseTu(await readFile(path), { file: path, name, ...limitOf(options) })
}

/**
 * Loads the handwritten digits of MNIST: 60,000 for training or 10,000 for testing.
 *
 * @throws MissingDataError if a file is not found, FormatError if it is not IDX.
 */
export async function loadMnist(split: 'train' | 'test', options: DataOptions = {}): Promise<ClassDataset> {
  const read = async (kind: 'images' | 'labels') => {
    const path = await findFile(mnistResource(split, kind), options)
    return parseIdx(await readUnpacked('parseIdx', path, options), path)
  }
  return imageDataset(await read('images'), await read('labels'))
}

/**
 * Loads a citation network, `cora` or `citeseer`, from NAME.nodes.txt.gz, NAME.edges.txt.gz and NAME.split.json in the data folder.
 *
 * @throws MissingDataError if a file is missing (there is no download), FormatError if one is malformed.
 */
export async function loadPlanetoid(name: string, options: DataOptions = {}): Promise<NodeClassification> {
  const read = async (ending: string) => {
    const path = await findFile({ name: `${name}.${ending}`, folder: 'planetoid' }, options)
    return await readUnpacked('parsePlanetoid', path, options)
  }
  const [nodes, edges, split] = [await read('nodes.txt.gz'), await read('edges.txt.gz'), await read('split.json')]
  return parsePlanetoid({ nodes, edges, split, name, ...limitOf(options) })
}

/**
 * Loads the molecules of QM7 from qm7.xyz.gz in the data folder. The property `energy` is in kcal/mol.
 *
 * @throws MissingDataError if the file is missing (there is no download), FormatError if it is malformed.
 */
export async function loadQm7(options: DataOptions = {}): Promise<Molecule[]> {
  const path = await findFile({ name: 'qm7.xyz.gz', folder: 'molecules/qm7' }, options)
  return parseXyz(await readUnpacked('parseXyz', path, options), path)
}

/**
 * Loads the relief of the Earth, land and sea floor, at a resolution of 20 arc minutes, from etopo20data.gz, etopo20lats.gz and etopo20lons.gz in the data
 * folder.
 *
 * @throws MissingDataError if a file is missing (there is no download), FormatError if one is malformed.
 */
export async function loadRelief(options: DataOptions = {}): Promise<ReliefMap> {
  const read = async (ending: string) => {
    const path = await findFile({ name: `etopo20${ending}.gz`, folder: 'sphere' }, options)
    return await readUnpacked('parseRelief', path, options)
  }
  return parseRelief({ heights: await read('data'), latitudes: await read('lats'), longitudes: await read('lons') })
}

/**
 * Loads a mesh in many poses, `Fox` or `CesiumMan`, from NAME-poses.f32.npy and NAME-faces.u16.npy in the data folder.
 *
 * @throws MissingDataError if a file is missing (there is no download), FormatError if one is malformed.
 */
export async function loadPosedMesh(name: string, options: DataOptions = {}): Promise<PosedMesh> {
  const read = async (ending: string): Promise<NumpyArray> => {
    const path = await findFile({ name: `${name}-${ending}.npy`, folder: 'meshes' }, options)
    return parseNpy(await readFile(path), path)
  }
  const [poses, faces] = [await read('poses.f32'), await read('faces.u16')]
  const vertices = poses.shape[1] ?? 0
  const isMesh = poses.data instanceof Float32Array && poses.shape.length === 3 && poses.shape[2] === 3
  const isTriangles = faces.data instanceof Uint16Array && faces.shape.length === 2 && faces.shape[1] === 3
  if (!isMesh || !isTriangles || faces.data.some((vertex) => vertex >= vertices))
    throw new FormatError({
      reader: 'loadPosedMesh',
      file: name,
      expected: `poses float32 [poses, vertices, 3] and faces uint16 [faces, 3] of vertices below ${vertices}`,
      received: `${poses.dtype} [${poses.shape.join(', ')}] and ${faces.dtype} [${faces.shape.join(', ')}]`,
    })
  return { poses: poses.data, vertices, faces: faces.data }
}
