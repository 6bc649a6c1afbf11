import { type Batch, type Dataset, type Molecule, moleculeDataset } from '@equivar/datasets'
import { elementCount, type TensorValue, tensorValue } from '@equivar/tensor'
import { type Example, type ExampleKind, type Numbers, sizeOf } from './example.ts'

const int64 = (shape: readonly number[], values: ArrayLike<number>): TensorValue => tensorValue('int64', shape, values)
const float32 = (shape: readonly number[], data: Float32Array): TensorValue => ({ dtype: 'float32', shape, data })

/** Rows of all examples one after the other. */
function joined(parts: readonly Numbers[]): TensorValue {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let [at, rows] = [0, 0]
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
    rows += part.shape[0] as number
  }
  return float32([rows, ...(parts[0]?.shape.slice(1) ?? [])], data)
}

/** Arrays padded with zeros to the largest along their first axes. @param axes - how many axes may differ. */
function padded(parts: readonly Numbers[], axes: number): TensorValue {
  const shape = (parts[0]?.shape ?? []).map((size, axis) =>
    axis < axes ? Math.max(...parts.map((part) => part.shape[axis] as number)) : size,
  )
  const data = new Float32Array(parts.length * elementCount(shape))
  const copy = (part: Numbers, axis: number, from: number, to: number): void => {
    const [own, wide] = [elementCount(part.shape.slice(axis)), elementCount(shape.slice(axis))]
    if (axis >= axes) {
      data.set(part.data.subarray(from, from + own), to)
      return
    }
    const size = part.shape[axis] as number
    for (let i = 0; i < size; i++) copy(part, axis + 1, from + (i * own) / size, to + (i * wide) / (shape[axis] as number))
  }
  parts.forEach((part, i) => {
    copy(part, 0, 0, i * elementCount(shape))
  })
  return float32([parts.length, ...shape], data)
}

/** True where a set or a graph has an element. */
function maskOf(examples: readonly Example[]): TensorValue {
  const sizes = examples.map(({ x }) => x.shape[0] as number)
  const width = Math.max(...sizes)
  const data = new Uint8Array(examples.length * width)
  sizes.forEach((size, i) => {
    data.fill(1, i * width, i * width + size)
  })
  return { dtype: 'bool', shape: [examples.length, width], data }
}

/** Graphs as their disjoint union. */
function unionOf(examples: readonly Example[]): Batch {
  const starts: number[] = []
  let nodes = 0
  for (const { x } of examples) {
    starts.push(nodes)
    nodes += x.shape[0] as number
  }
  const ends = (of: 'sources' | 'targets'): number[] =>
    examples.flatMap(({ edges }, i) => Array.from(edges?.[of] ?? [], (node) => node + (starts[i] as number)))
  const [sources, targets] = [ends('sources'), ends('targets')]
  const attributes = examples.flatMap(({ edges }) => edges?.attributes ?? [])
  return {
    x: joined(examples.map(({ x }) => x)),
    edge_index: int64([2, sources.length], [...sources, ...targets]),
    ...(attributes.length === 0 ? {} : { edge_attr: joined(attributes) }),
    batch: int64([nodes], Int32Array.from(examples.flatMap(({ x }, i) => Array.from({ length: x.shape[0] as number }, () => i)))),
    num_graphs: int64([], [examples.length]),
  }
}

const inputs: Readonly<Record<ExampleKind, (examples: readonly Example[]) => Batch>> = {
  set: (examples) => ({
    x: padded(
      examples.map(({ x }) => x),
      1,
    ),
    mask: maskOf(examples),
  }),
  graph: unionOf,
  nodes: (examples) => {
    const { x, edge_index, edge_attr } = unionOf(examples) as { x: TensorValue; edge_index: TensorValue; edge_attr?: TensorValue }
    return { x, edge_index, ...(edge_attr === undefined ? {} : { edge_attr }) }
  },
  'dense graph': (examples) => ({
    x: padded(
      examples.map(({ x }) => x),
      1,
    ),
    adj: padded(
      examples.map(({ adjacency }) => adjacency as Numbers),
      2,
    ),
    mask: maskOf(examples),
  }),
  molecule: (examples) => {
    const molecules = examples.map(({ molecule }) => molecule as Molecule)
    const elements = [...new Set(molecules.flatMap((molecule) => molecule.elements))]
    const { adj } = moleculeDataset(molecules, new Float64Array(molecules.length), elements).batch(molecules.map((_, i) => i))
    return {
      x: padded(
        examples.map(({ x }) => x),
        1,
      ),
      adj: adj as TensorValue,
      mask: maskOf(examples),
    }
  },
  image: (examples) => ({
    x: padded(
      examples.map(({ x }) => x),
      0,
    ),
  }),
  'image set': (examples) => ({
    x: padded(
      examples.map(({ x }) => x),
      1,
    ),
    mask: maskOf(examples),
  }),
  'signal set': (examples) => ({
    x: padded(
      examples.map(({ x }) => x),
      1,
    ),
    mask: maskOf(examples),
  }),
}

/** Whether examples of this kind are joined without padding. */
const isUnion = (kind: ExampleKind): boolean => kind === 'graph' || kind === 'nodes'

/** Whether batches gain nothing from examples of similar size. */
export const isJoined = (kind: ExampleKind): boolean => isUnion(kind) || kind === 'image'

/** The targets of some examples: numbers of classes, numbers, or elements; -1 and NaN where they are not known. */
function targetOf(kind: ExampleKind, examples: readonly Example[], classes: ReadonlyMap<string, number>): TensorValue {
  const number = (label: string | undefined): number => (label === undefined ? -1 : (classes.get(label) ?? -1))
  const [first] = examples
  switch (first?.target.kind) {
    case 'label':
      return int64(
        [examples.length],
        examples.map(({ target }) => (target.kind === 'label' ? number(target.label) : -1)),
      )
    case 'chosen':
      return int64(
        [examples.length],
        examples.map(({ target }) => (target.kind === 'chosen' ? target.element : -1)),
      )
    case 'y': {
      const rows = examples.map(({ target }) => (target.kind === 'y' ? target.y : []))
      return float32([rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()))
    }
    case 'labels': {
      const rows = examples.map(({ target }) => (target.kind === 'labels' ? target.labels.map(number) : []))
      if (isUnion(kind)) return int64([rows.flat().length], rows.flat())
      const width = Math.max(...rows.map(({ length }) => length))
      return int64(
        [rows.length, width],
        rows.flatMap((row) => [...row, ...Array.from({ length: width - row.length }, () => -1)]),
      )
    }
    case 'ys': {
      const rows = examples.map(({ target }) => (target.kind === 'ys' ? target.ys : { shape: [0, 0], data: new Float32Array() }))
      if (isUnion(kind)) return joined(rows)
      const whole = padded(rows, 1)
      const width = whole.shape[1] as number
      rows.forEach(({ shape }, i) => {
        const outputs = shape[1] as number
        ;(whole.data as Float32Array).fill(Number.NaN, (i * width + (shape[0] as number)) * outputs, (i + 1) * width * outputs)
      })
      return whole
    }
    default:
      return int64([0], [])
  }
}

/** Examples as a batch. @param classes - the number of each class. */
export const exampleBatch = (kind: ExampleKind, examples: readonly Example[], classes: ReadonlyMap<string, number>): Batch => ({
  ...inputs[kind](examples),
  target: targetOf(kind, examples, classes),
})

/**
 * Examples as a data set. A batch has the inputs of contract: sets and dense graphs padded with a mask, graphs as a disjoint union.
 *
 * @param classes - names of the classes: `target` counts in them.
 */
export function exampleDataset(kind: ExampleKind, examples: readonly Example[], classes: readonly string[]): Dataset {
  const numbers = new Map(classes.map((name, i) => [name, i]))
  const sizes = Int32Array.from(examples, (example) => sizeOf(kind, example))
  return {
    length: examples.length,
    ...(isJoined(kind) ? {} : { sizes }),
    batch: (indices) => {
      const chosen = Array.from(indices, (i) => {
        const example = examples[i]
        if (example === undefined) throw new RangeError(`batch: expected example indices from 0 to ${examples.length - 1}, received ${i}.`)
        return example
      })
      return exampleBatch(kind, chosen, numbers)
    },
  }
}
