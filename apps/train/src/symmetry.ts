import { randomRotation, rotateSphereSignal } from '@equivar/layers-sphere'
import { type Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { type GroupElement, permuteAxis, type Symmetry, type Values } from '@equivar/verify'

/** A group whose elements change the inputs of a task's model, and the output with them or not at all. */
export interface TaskSymmetry extends Symmetry {
  /** Relative difference that is allowed, where a model has the symmetry only approximately. */
  readonly tolerance?: number
}

/** Random group elements to try. */
const SAMPLES = 5

/** What a random group element does to inputs and, if that is not nothing, to outputs. */
type Draw = (inputs: Values, random: Random) => Pick<GroupElement, 'input'> & Partial<GroupElement>

const symmetry = (name: string, draw: Draw, tolerance?: number): TaskSymmetry => ({
  name,
  elements: (inputs, random) =>
    Array.from({ length: SAMPLES }, (_, k) => ({ name: `sample ${k}`, output: (outputs: Values) => outputs, ...draw(inputs, random) })),
  ...(tolerance === undefined ? {} : { tolerance }),
})

/** Values with that one changed, if there is one of that name. */
function changed(values: Values, name: string, change: (value: TensorValue) => TensorValue): Values {
  const value = values[name]
  return value === undefined ? values : { ...values, [name]: change(value) }
}

/** Values with an axis of some of them permuted. */
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

/** Another order of the elements of all sets. */
export const elementPermutation: TaskSymmetry = symmetry('permutations of the elements', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 1))
  return { input: (values) => permuted(values, { x: [1], mask: [1] }, images) }
})

/** Another order of the elements of all sets, and of their scores. */
export const chosenElementPermutation: TaskSymmetry = symmetry(
  'permutations of the elements, which permute the scores',
  (inputs, random) => {
    const images = random.permutation(sizeAlong(inputs, 'x', 1))
    return { input: (values) => permuted(values, { x: [1], mask: [1] }, images), output: along(1, images) }
  },
)

/** Another start of all signals. */
export const cyclicShift: TaskSymmetry = symmetry('cyclic shifts of the signals', (inputs, random) => {
  const length = sizeAlong(inputs, 'x', -1)
  const by = random.integer(length)
  const images = Uint32Array.from({ length }, (_, i) => (i + by) % length)
  return { input: (values) => changed(values, 'x', (x) => permuteAxis(x, x.shape.length - 1, images)) }
})

/** Square images x with their pixels moved: `to` says where the pixel of a row and column goes. */
const movedPixels = (values: Values, to: (row: number, column: number, size: number) => readonly [number, number]): Values =>
  changed(values, 'x', (x) => {
    const size = x.shape.at(-1) ?? 0
    const images = Uint32Array.from({ length: size * size }, (_, at) => {
      const [row, column] = to(Math.floor(at / size), at % size, size)
      return row * size + column
    })
    return permuteAxis(x, x.shape.length - 2, images)
  })

/** Square images turned by 90 degrees, counterclockwise, one to three times. */
export const quarterTurn: TaskSymmetry = symmetry('quarter turns of the images', (_, random) => {
  const turns = 1 + random.integer(3)
  const turn = (values: Values): Values => movedPixels(values, (row, column, size) => [size - 1 - column, row])
  return { input: (values) => Array.from({ length: turns }).reduce<Values>(turn, values) }
})

/** Square images mirrored, left to right. */
export const reflection: TaskSymmetry = symmetry('reflections of the images', () => ({
  input: (values) => movedPixels(values, (row, column, size) => [row, size - 1 - column]),
}))

/** Another order of the nodes of dense graphs. */
export const densePermutation: TaskSymmetry = symmetry('permutations of the nodes', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 1))
  return { input: (values) => permuted(values, { x: [1], mask: [1], adj: [1, 2] }, images) }
})

/** Random images of the nodes (an axis of x) of a sparse graph, and what they and another order of the edges make of it. */
function renumbering(inputs: Values, random: Random, axis = 0): { images: ArrayLike<number>; input: (values: Values) => Values } {
  const images = random.permutation(sizeAlong(inputs, 'x', axis))
  const edgeImages = random.permutation(sizeAlong(inputs, 'edge_index', 1))
  const input = (values: Values): Values =>
    changed(permuted(values, { x: [axis], batch: [0] }, images), 'edge_index', (edges) =>
      permuteAxis({ ...edges, data: BigInt64Array.from(toNumbers(edges.data), (node) => BigInt(images[node] ?? 0)) }, 1, edgeImages),
    )
  return { images, input }
}

/** Another order of the nodes and of the edges of sparse graphs. */
export const sparsePermutation: TaskSymmetry = symmetry('permutations of the nodes and of the edges', (inputs, random) => ({
  input: renumbering(inputs, random).input,
}))

/** Another order of the nodes of the graph that all elements of all sets live on, and of its edges. */
export const meshPermutation: TaskSymmetry = symmetry('permutations of the nodes of all elements, and of the edges', (inputs, random) => ({
  input: renumbering(inputs, random, 2).input,
}))

/** Another order of the nodes and of the edges of a graph whose nodes are classified. */
export const nodePermutation: TaskSymmetry = symmetry(
  'permutations of the edges and of the nodes, which permute the logits',
  (inputs, random) => {
    const { images, input } = renumbering(inputs, random)
    return { input, output: along(0, images) }
  },
)

/**
 * All signals on the sphere `x` [..., 2b, 2b] turned alike, exactly, in their spectra. Linear layers do not notice; a pointwise function of samples aliases,
 * so a network notices a little.
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

/** The atoms of molecules, one after the other, in another order. */
export const atomPermutation: TaskSymmetry = symmetry('permutations of the atoms', (inputs, random) => {
  const images = random.permutation(sizeAlong(inputs, 'x', 0))
  return { input: (values) => permuted(values, { x: [0], elements: [0], batch: [0] }, images) }
})
