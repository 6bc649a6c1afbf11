import type { Batch } from '@equivar/datasets'
import { randomRotation, rotateSphereSignal } from '@equivar/layers-sphere'
import type { Random, TensorValue } from '@equivar/tensor'

/** An input that was changed, and how the output must have changed with it; not at all if nothing is said. */
export interface Transformed {
  readonly batch: Batch
  /** Entry i of that axis of the output is what entry order[i] was. */
  readonly output?: { readonly axis: number; readonly order: ArrayLike<number> }
}

/** A change of the input that the output follows, or does not notice. */
export interface Symmetry {
  readonly name: string
  /** Relative difference that is allowed, where a model has the symmetry only approximately. */
  readonly tolerance?: number
  transform(batch: Batch, random: Random): Transformed
}

/** Takes entries of an axis in another order: entry i of the result is entry order[i]. */
export function reorder(value: TensorValue, axis: number, order: ArrayLike<number>): TensorValue {
  const { shape } = value
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const size = shape[axis] as number
  const data = value.data.slice()
  for (let at = 0; at < data.length; at++) {
    const i = Math.floor(at / inner) % size
    data[at] = value.data[at + ((order[i] as number) - i) * inner] as never
  }
  return { ...value, data }
}

const pick = (batch: Batch, name: string): TensorValue => batch[name] as TensorValue

/** The elements of all sets (the nodes of all dense graphs) in another order, which it also returns. */
function reordered(batch: Batch, random: Random): { batch: Batch; order: ArrayLike<number> } {
  const order = random.permutation(pick(batch, 'x').shape[1] as number)
  return { batch: { ...batch, x: reorder(pick(batch, 'x'), 1, order), mask: reorder(pick(batch, 'mask'), 1, order) }, order }
}

/** Another order of the elements of all sets. */
export const elementPermutation: Symmetry = {
  name: 'permutations of the elements',
  transform: (batch, random) => ({ batch: reordered(batch, random).batch }),
}

/** Another order of the elements of all sets, and of their scores. */
export const chosenElementPermutation: Symmetry = {
  name: 'permutations of the elements, which permute the scores',
  transform: (batch, random) => {
    const { batch: moved, order } = reordered(batch, random)
    return { batch: moved, output: { axis: 1, order } }
  },
}

/** Another start of all signals. */
export const cyclicShift: Symmetry = {
  name: 'cyclic shifts of the signals',
  transform: (batch, random) => {
    const x = pick(batch, 'x')
    const length = x.shape[x.shape.length - 1] as number
    const by = random.integer(length)
    const order = Uint32Array.from({ length }, (_, i) => (i + by) % length)
    return { batch: { ...batch, x: reorder(x, x.shape.length - 1, order) } }
  },
}

/** The images with their pixels moved: pixel (row, column) of the result is that of `from`. */
function movedPixels(x: TensorValue, from: (row: number, column: number, size: number) => readonly [number, number]): TensorValue {
  const size = x.shape.at(-1) as number
  const pixels = size * size
  const data = x.data.slice()
  for (let at = 0; at < data.length; at++) {
    const place = at % pixels
    const [row, column] = from(Math.floor(place / size), place % size, size)
    data[at] = x.data[at - place + row * size + column] as never
  }
  return { ...x, data }
}

/** Square images turned by 90 degrees, counterclockwise, one to three times. */
export const quarterTurn: Symmetry = {
  name: 'quarter turns of the images',
  transform: (batch, random) => {
    const turn = (x: TensorValue): TensorValue => movedPixels(x, (row, column, size) => [column, size - 1 - row])
    const turns = 1 + random.integer(3)
    return { batch: { ...batch, x: Array.from({ length: turns }).reduce<TensorValue>((x) => turn(x), pick(batch, 'x')) } }
  },
}

/** Square images mirrored, left to right. */
export const reflection: Symmetry = {
  name: 'reflections of the images',
  transform: (batch) => ({ batch: { ...batch, x: movedPixels(pick(batch, 'x'), (row, column, size) => [row, size - 1 - column]) } }),
}

/** Another order of the nodes of dense graphs. */
export const densePermutation: Symmetry = {
  name: 'permutations of the nodes',
  transform: (batch, random) => {
    const { batch: moved, order } = reordered(batch, random)
    return { batch: { ...moved, adj: reorder(reorder(pick(batch, 'adj'), 1, order), 2, order) } }
  },
}

/** The nodes (an axis of x) and the edges of a sparse graph in another order, which it also returns. */
function renumbered(batch: Batch, random: Random, axis = 0): { batch: Batch; order: ArrayLike<number> } {
  const edges = pick(batch, 'edge_index')
  const order = random.permutation(pick(batch, 'x').shape[axis] as number)
  const place = new BigInt64Array(order.length)
  order.forEach((from, to) => {
    place[from] = BigInt(to)
  })
  const renamed = { ...edges, data: (edges.data as BigInt64Array).map((node) => place[Number(node)] as bigint) }
  const moved = {
    ...batch,
    x: reorder(pick(batch, 'x'), axis, order),
    ...(batch.batch === undefined ? {} : { batch: reorder(batch.batch, 0, order) }),
    edge_index: reorder(renamed, 1, random.permutation(edges.shape[1] as number)),
  }
  return { batch: moved, order }
}

/** Another order of the nodes and of the edges of sparse graphs. */
export const sparsePermutation: Symmetry = {
  name: 'permutations of the nodes and of the edges',
  transform: (batch, random) => ({ batch: renumbered(batch, random).batch }),
}

/** Another order of the nodes of the graph that all elements of all sets live on, and of its edges. */
export const meshPermutation: Symmetry = {
  name: 'permutations of the nodes of all elements, and of the edges',
  transform: (batch, random) => ({ batch: renumbered(batch, random, 2).batch }),
}

/** Another order of the nodes and of the edges of a graph whose nodes are classified. */
export const nodePermutation: Symmetry = {
  name: 'permutations of the edges and of the nodes, which permute the logits',
  transform: (batch, random) => {
    const { batch: moved, order } = renumbered(batch, random)
    return { batch: moved, output: { axis: 0, order } }
  },
}

/**
 * All signals on the sphere `x` [..., 2b, 2b] turned alike, exactly, in their spectra. Linear layers do not notice; a pointwise function of samples aliases,
 * so a network notices a little.
 */
export const sphereRotation = (tolerance: number): Symmetry => ({
  name: 'rotations of the sphere (approximate: activations alias)',
  tolerance,
  transform: (batch, random) => {
    const x = pick(batch, 'x')
    const turned = rotateSphereSignal(
      x.data as Float32Array,
      (x.shape.at(-1) as number) / 2,
      randomRotation(() => random.uniform()),
    )
    return { batch: { ...batch, x: { ...x, data: Float32Array.from(turned) } } }
  },
})

/** The atoms of molecules, one after the other, in another order. */
export const atomPermutation: Symmetry = {
  name: 'permutations of the atoms',
  transform: (batch, random) => {
    const order = random.permutation(pick(batch, 'x').shape[0] as number)
    const moved = ['x', 'elements', 'batch'].map((name) => [name, reorder(pick(batch, name), 0, order)])
    return { batch: { ...batch, ...Object.fromEntries(moved) } }
  },
}
