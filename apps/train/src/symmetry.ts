import { pointGroup } from '@equivar/layers-grids'
import { randomRotation, rotateSphereSignal } from '@equivar/layers-sphere'
import { type Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { type GroupElement, permuteAxis, type Symmetry, type Values } from '@equivar/verify'

/** A symmetry of a task's model: its group acts on the inputs, and on the output or not at all. */
export interface TaskSymmetry extends Symmetry {
  /** Allowed relative difference, if a model has the symmetry only approximately. */
  readonly tolerance?: number
  /** Whether the group acts on a task's numbers. Where outputs belong to elements or nodes, it always does. */
  readonly follows?: boolean
}

/** Number of random group elements per check. */
const SAMPLES = 5

/** Draws a random group element: its action on the inputs and, unless trivial, on the outputs. */
export type Draw = (inputs: Values, random: Random) => Pick<GroupElement, 'input'> & Partial<GroupElement>

/** A symmetry by its name and how its elements are drawn. @param tolerance - the allowed relative difference, if it is only approximate. */
export const symmetry = (name: string, draw: Draw, tolerance?: number): TaskSymmetry => ({
  name,
  elements: (inputs, random) =>
    Array.from({ length: SAMPLES }, (_, k) => ({ name: `sample ${k}`, output: (outputs: Values) => outputs, ...draw(inputs, random) })),
  ...(tolerance === undefined ? {} : { tolerance }),
})

/** The values with one changed, if it exists. */
export function changed(values: Values, name: string, change: (value: TensorValue) => TensorValue): Values {
  const value = values[name]
  return value === undefined ? values : { ...values, [name]: change(value) }
}

/** The values with permuted axes. */
const permuted = (values: Values, axes: Readonly<Record<string, readonly number[]>>, images: ArrayLike<number>): Values =>
  Object.entries(axes).reduce(
    (all, [name, each]) => changed(all, name, (value) => each.reduce((v, axis) => permuteAxis(v, axis, images), value)),
    values,
  )

const along =
  (axis: number, images: ArrayLike<number>) =>
  (outputs: Values): Values =>
    Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, permuteAxis(value, axis, images)]))

const sizeAlong = (inputs: Values, name: string, axis: number): number => inputs[name]?.shape.at(axis) ?? 0

/** Permutes the elements of all sets. */
export const elementPermutation: TaskSymmetry = symmetry('permutations of the elements', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 1))
  return { input: (values) => permuted(values, { x: [1], mask: [1] }, images) }
})

/** Permutes the elements of all sets, and their scores. */
export const chosenElementPermutation: TaskSymmetry = symmetry(
  'permutations of the elements, which permute the scores',
  (inputs, random) => {
    const images = random.permutation(sizeAlong(inputs, 'x', 1))
    return { input: (values) => permuted(values, { x: [1], mask: [1] }, images), output: along(1, images) }
  },
)

/** Shifts all signals cyclically. */
export const cyclicShift: TaskSymmetry = symmetry('cyclic shifts of the signals', (inputs, random) => {
  const length = sizeAlong(inputs, 'x', -1)
  const by = random.integer(length)
  const images = Uint32Array.from({ length }, (_, i) => (i + by) % length)
  return { input: (values) => changed(values, 'x', (x) => permuteAxis(x, x.shape.length - 1, images)) }
})

/** Square images x with permuted pixels: `to` gives the new row and column of a pixel. */
const movedPixels = (values: Values, to: (row: number, column: number, size: number) => readonly [number, number]): Values =>
  changed(values, 'x', (x) => {
    const size = x.shape.at(-1) ?? 0
    const images = Uint32Array.from({ length: size * size }, (_, at) => {
      const [row, column] = to(Math.floor(at / size), at % size, size)
      return row * size + column
    })
    return permuteAxis(x, x.shape.length - 2, images)
  })

/** Rotates square images by 90, 180 or 270 degrees counterclockwise. */
export const quarterTurn: TaskSymmetry = symmetry('quarter turns of the images', (_, random) => {
  const turns = 1 + random.integer(3)
  const turn = (values: Values): Values => movedPixels(values, (row, column, size) => [size - 1 - column, row])
  return { input: (values) => Array.from({ length: turns }).reduce<Values>(turn, values) }
})

/** Mirrors square images left to right. */
export const reflection: TaskSymmetry = symmetry('reflections of the images', () => ({
  input: (values) => movedPixels(values, (row, column, size) => [row, size - 1 - column]),
}))

/** Rotates cubic volumes by one of the 23 rotations of the cube. */
export const cubeRotation: TaskSymmetry = symmetry('rotations of the volumes by right angles', (inputs, random) => {
  const images = pointGroup('O').images(1 + random.integer(23), sizeAlong(inputs, 'x', -1))
  return { input: (values) => changed(values, 'x', (x) => permuteAxis(x, x.shape.length - 3, images)) }
})

/** Permutes the nodes of dense graphs. */
export const densePermutation: TaskSymmetry = symmetry('permutations of the nodes', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 1))
  return { input: (values) => permuted(values, { x: [1], mask: [1], adj: [1, 2] }, images) }
})

/** Inputs and outputs with an entry for each node along their first axis, besides `x`. */
const OF_NODES = { batch: [0], positions: [0], velocities: [0], forces: [0] }

/** A random permutation of the nodes (an axis of x) of a sparse graph, and its action together with a random permutation of the edges. */
export function renumbering(inputs: Values, random: Random, axis = 0): { images: ArrayLike<number>; input: (values: Values) => Values } {
  const images = random.permutation(sizeAlong(inputs, 'x', axis))
  const edgeImages = random.permutation(sizeAlong(inputs, 'edge_index', 1))
  const renumbered = (edges: TensorValue): TensorValue => ({
    ...edges,
    data: BigInt64Array.from(toNumbers(edges.data), (node) => BigInt(images[node] ?? 0)),
  })
  const input = (values: Values): Values => {
    const moved = changed(permuted(values, { x: [axis], ...OF_NODES }, images), 'edge_index', renumbered)
    return permuted(moved, { edge_index: [1], edge_attr: [0] }, edgeImages)
  }
  return { images, input }
}

/** Permutes the nodes and the edges of sparse graphs. */
export const sparsePermutation: TaskSymmetry = symmetry('permutations of the nodes and of the edges', (inputs, random) => ({
  input: renumbering(inputs, random).input,
}))

/** Permutes the nodes and the edges of the graph that all elements of all sets share. */
export const meshPermutation: TaskSymmetry = symmetry('permutations of the nodes of all elements, and of the edges', (inputs, random) => ({
  input: renumbering(inputs, random, 2).input,
}))

/** Permutes the nodes and the edges of a graph with classified nodes. */
export const nodePermutation: TaskSymmetry = symmetry(
  'permutations of the edges and of the nodes, which permute the logits',
  (inputs, random) => {
    const { images, input } = renumbering(inputs, random)
    return { input, output: along(0, images) }
  },
)

/**
 * Rotates all signals `x` [..., 2b, 2b] on the sphere by the same rotation, exactly, in their spectra. Linear layers are exactly equivariant, but pointwise
 * functions of samples alias, so a network is only approximately equivariant.
 */
export const sphereRotation = (tolerance: number): TaskSymmetry =>
  symmetry(
    'rotations of the sphere (approximate: activations alias)',
    (_, random) => {
      const rotation = randomRotation(() => random.uniform())
      const turned = (x: TensorValue): TensorValue => {
        const samples = toNumbers(x.data)
        return { ...x, data: Float32Array.from(rotateSphereSignal(samples, sizeAlong({ x }, 'x', -1) / 2, rotation)) }
      }
      return { input: (values) => changed(values, 'x', turned) }
    },
    tolerance,
  )

/** Permutes the atoms of a batch of molecules. */
export const atomPermutation: TaskSymmetry = symmetry('permutations of the atoms', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 0))
  return { input: (values) => permuted(values, { x: [0], elements: [0], batch: [0] }, images) }
})
