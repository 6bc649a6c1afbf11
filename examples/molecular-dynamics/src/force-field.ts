import { type Atoms, columnsOf } from './atoms.ts'
import type { ForceField } from './dynamics.ts'

/** ONNX Runtime: the module `onnxruntime-node` or `onnxruntime-web`. */
export type Runtime = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor'>

/** A force field in an ONNX file. */
export type OnnxForceField = ForceField & {
  /** Frees the memory of the model. */
  release(): Promise<void>
}

/** All ordered pairs of different atoms. The network lets those beyond its radius add nothing, so nobody has to look for neighbours in a small molecule. */
function allPairs(atoms: number): BigInt64Array {
  const pairs = Array.from({ length: atoms * atoms }, (_, k) => [Math.floor(k / atoms), k % atoms] as const).filter(([i, j]) => i !== j)
  return BigInt64Array.from([...pairs.map(([i]) => BigInt(i)), ...pairs.map(([, j]) => BigInt(j))])
}

/** 1 in the column of each atom's element. */
function oneHot(atoms: Atoms): { readonly data: Float32Array; readonly columns: number } {
  const { columns, count } = columnsOf(atoms)
  const data = new Float32Array(columns.length * count)
  columns.forEach((column, i) => {
    data[i * count + column] = 1
  })
  return { data, columns: count }
}

/**
 * The force field in an ONNX file, for some atoms. Only ONNX Runtime is needed: the file gives the energy and the forces.
 *
 * @param file - as `equivar train forces` writes it: inputs `x`, `positions`, `edge_index`, `batch` and `num_graphs`, outputs `energy` and `forces`.
 * @throws Error if the file is no ONNX file, has other outputs, or is for other elements.
 */
export async function loadForceField({ InferenceSession, Tensor }: Runtime, file: Uint8Array, atoms: Atoms): Promise<OnnxForceField> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const missing = ['energy', 'forces'].filter((name) => !session.outputNames.includes(name))
  if (missing.length > 0) throw new Error(`expected a model with outputs energy and forces, received ${session.outputNames.join(', ')}.`)
  const count = atoms.elements.length
  const { data, columns } = oneHot(atoms)
  const x = session.inputMetadata.find(({ name }) => name === 'x')
  const expected = x?.isTensor === true ? x.shape[1] : undefined
  if (expected !== columns)
    throw new Error(`expected atoms of ${expected} elements, as the model has them, received ${[...new Set(atoms.elements)].join(', ')}.`)
  const pairs = allPairs(count)
  const all = {
    x: new Tensor('float32', data, [count, columns]),
    edge_index: new Tensor('int64', pairs, [2, pairs.length / 2]),
    batch: new Tensor('int64', new BigInt64Array(count), [count]),
    num_graphs: new Tensor('int64', BigInt64Array.of(1n), []),
  }
  const fixed = Object.fromEntries(Object.entries(all).filter(([name]) => session.inputNames.includes(name)))
  const field: ForceField = async (positions) => {
    const results = await session.run({ ...fixed, positions: new Tensor('float32', Float32Array.from(positions), [count, 3]) })
    return { energy: Number(results.energy?.data[0]), forces: results.forces?.data as Float32Array }
  }
  return Object.assign(field, { release: () => session.release() })
}
