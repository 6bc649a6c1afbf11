import type { Molecule } from '@equivar/datasets'
import { UsageError } from '../errors.ts'

/** Numbers with a shape, row-major. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** The edges of an example, by its own numbers of nodes. */
export interface ExampleEdges {
  readonly sources: Int32Array
  readonly targets: Int32Array
  /** [edges, channels]. */
  readonly attributes?: Numbers
}

/** What is to be predicted for an example. */
export type Target =
  /** The class of the example: `label`. */
  | { readonly kind: 'label'; readonly label: string }
  /** Numbers of the example: `y`. */
  | { readonly kind: 'y'; readonly y: readonly number[] }
  /** The class of each element or node, undefined where it is not known: `labels`. */
  | { readonly kind: 'labels'; readonly labels: readonly (string | undefined)[] }
  /** Numbers of each element or node, [rows, outputs], NaN where they are not known: `ys`. */
  | { readonly kind: 'ys'; readonly ys: Numbers }
  /** One element of a set: `chosen`. */
  | { readonly kind: 'chosen'; readonly element: number }

/** The target of examples that are read to be predicted: no numbers. */
export const NOTHING: Target = { kind: 'y', y: [] }

/** What examples are. All examples of a data set are of one kind. */
export const exampleKinds = ['set', 'graph', 'dense graph', 'molecule', 'nodes', 'image', 'image set', 'signal set'] as const
/** One of them: `nodes` is one graph whose nodes are the examples. */
export type ExampleKind = (typeof exampleKinds)[number]

/** One example as it was read: raw numbers, no encoding. */
export interface Example {
  /** The place in the file, for messages: `sets.ndjson, line 3`. */
  readonly where: string
  /** What the file calls it, if it has a name that is not its place: the cell of its set. */
  readonly name?: string
  /**
   * Set: [elements, channels]. Graph, nodes: [nodes, channels]. Image: [channels, height, width]. Set of images: [set, channels, height, width]. Set of
   * signals: [set, channels, length]. Molecule: [atoms, 1], the place of the element among `categoryNames[0]`.
   */
  readonly x: Numbers
  readonly edges?: ExampleEdges
  /** [nodes, nodes] or [nodes, nodes, channels], for dense graphs. */
  readonly adjacency?: Numbers
  /** For molecules: from their positions, distances are computed when a batch is made. */
  readonly molecule?: Molecule
  readonly target: Target
  /** The part that the file says the example belongs to. */
  readonly part?: Part
  /** For nodes: the part of each node that the file says. */
  readonly parts?: readonly (Part | undefined)[]
}

/** The parts of a split. */
export const parts = ['train', 'validation', 'test'] as const
/** One of them. */
export type Part = (typeof parts)[number]

/** The examples of a file, before anything is fitted. */
export interface Examples {
  readonly kind: ExampleKind
  readonly examples: readonly Example[]
  /** Names of the channels, if the file has them. */
  readonly channelNames?: readonly string[]
  /** The columns that are channels, if the file is a table. */
  readonly columns?: readonly string[]
  /** For each channel that holds categories: its values by code. */
  readonly categoryNames?: Readonly<Record<number, readonly string[]>>
  /** The same for channels of edges. */
  readonly edgeCategoryNames?: Readonly<Record<number, readonly string[]>>
  /** What the reader decided by itself, a line each. */
  readonly notes?: readonly string[]
}

/** The axis of x that counts channels. */
export const channelAxis = (kind: ExampleKind): number => (kind === 'image' ? 0 : 1)

/** Channels of an example. */
export const channelsOf = (kind: ExampleKind, { x }: Example): number => x.shape[channelAxis(kind)] as number

/** The number of elements of a set, nodes of a graph, or pixels of an image. */
export const sizeOf = (kind: ExampleKind, { x }: Example): number =>
  kind === 'image' ? (x.shape[1] as number) * (x.shape[2] as number) : (x.shape[0] as number)

const ranks: Readonly<Record<ExampleKind, number>> = {
  set: 2,
  graph: 2,
  'dense graph': 2,
  molecule: 2,
  nodes: 2,
  image: 3,
  'signal set': 3,
  'image set': 4,
}

/** What a shape of x means, for messages. */
const forms: Readonly<Record<ExampleKind, string>> = {
  set: '[elements, channels]',
  graph: '[nodes, channels]',
  'dense graph': '[nodes, channels]',
  molecule: '[atoms, 1]',
  nodes: '[nodes, channels]',
  image: '[channels, height, width]',
  'signal set': '[set, channels, length]',
  'image set': '[set, channels, height, width]',
}

/** Which axes of x have the same size in all examples. */
const fixedAxes: Readonly<Record<ExampleKind, readonly number[]>> = {
  set: [1],
  graph: [1],
  'dense graph': [1],
  molecule: [1],
  nodes: [1],
  image: [0, 1, 2],
  'signal set': [1],
  'image set': [1, 2, 3],
}

/** The rows that `labels` and `ys` have an entry for. */
const rowsOf = ({ x }: Example): number => x.shape[0] as number

function demandTarget(kind: ExampleKind, example: Example, first: Example): void {
  const { where, target } = example
  if (target.kind !== first.target.kind)
    throw new UsageError(`${where}: expected "${first.target.kind}", as in ${first.where}, received "${target.kind}"`)
  const ofRows = target.kind === 'labels' || target.kind === 'ys' || target.kind === 'chosen'
  if (ofRows && kind === 'image') throw new UsageError(`${where}: expected "label" or "y" for an image, received "${target.kind}"`)
  if (target.kind === 'labels' && target.labels.length !== rowsOf(example))
    throw new UsageError(
      `${where}: expected "labels" with ${rowsOf(example)} entries, one for each row of x, received ${target.labels.length}`,
    )
  if (target.kind === 'ys' && target.ys.shape[0] !== rowsOf(example))
    throw new UsageError(`${where}: expected "ys" with ${rowsOf(example)} rows, one for each row of x, received ${target.ys.shape[0]}`)
  if (target.kind === 'chosen' && !(Number.isInteger(target.element) && target.element >= 0 && target.element < rowsOf(example)))
    throw new UsageError(`${where}: expected "chosen" to be an element from 0 to ${rowsOf(example) - 1}, received ${target.element}`)
  const width = (one: Target): number | undefined => (one.kind === 'y' ? one.y.length : one.kind === 'ys' ? one.ys.shape[1] : undefined)
  if (width(target) !== width(first.target))
    throw new UsageError(`${where}: expected ${width(first.target)} numbers to predict, as in ${first.where}, received ${width(target)}`)
  if (target.kind === 'y' && !target.y.every(Number.isFinite))
    throw new UsageError(`${where}: expected finite numbers in "y", received ${target.y.find((value) => !Number.isFinite(value))}`)
}

function demandEdges({ where, edges, x }: Example, first: Example): void {
  if (edges === undefined) return
  const nodes = x.shape[0] as number
  if (edges.sources.length !== edges.targets.length)
    throw new UsageError(
      `${where}: expected as many sources as targets of edges, received ${edges.sources.length} and ${edges.targets.length}`,
    )
  for (const [name, ends] of [['source', edges.sources] as const, ['target', edges.targets] as const])
    for (const [edge, node] of ends.entries())
      if (node < 0 || node >= nodes)
        throw new UsageError(`${where}: expected edges between nodes from 0 to ${nodes - 1}, received ${node} as ${name} of edge ${edge}`)
  const [width, expected] = [edges, first.edges].map((each) => each?.attributes?.shape[1])
  if (width !== expected && edges.sources.length > 0 && edges.attributes?.shape[0] !== 0)
    throw new UsageError(
      `${where}: expected ${expected === undefined ? 'no "edge_attr"' : `"edge_attr" with ${expected} features of each edge`}, as in ${first.where}, received ${width ?? 'none'}`,
    )
  const rows = edges.attributes?.shape[0] ?? edges.sources.length
  if (rows !== edges.sources.length)
    throw new UsageError(`${where}: expected "edge_attr" with ${edges.sources.length} rows, one for each edge, received ${rows}`)
}

function demandShape(kind: ExampleKind, example: Example, first: Example): void {
  const { where, x, adjacency } = example
  const shape = x.shape.join(', ')
  if (x.shape.length !== ranks[kind])
    throw new UsageError(`${where}: expected x of shape ${forms[kind]} for a ${kind}, received [${shape}]`)
  const other = fixedAxes[kind].find((axis) => x.shape[axis] !== first.x.shape[axis])
  if (other !== undefined)
    throw new UsageError(
      `${where}: expected x of shape ${forms[kind]} as in ${first.where}, [${first.x.shape.join(', ')}], received [${shape}]`,
    )
  const wrong = x.data.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw new UsageError(`${where}: expected finite numbers in x, received ${x.data[wrong]} at number ${wrong}`)
  if (kind !== 'dense graph') return
  const nodes = x.shape[0] as number
  const expected = [nodes, nodes, ...(first.adjacency?.shape.slice(2) ?? [])]
  if (adjacency?.shape.join() !== expected.join())
    throw new UsageError(`${where}: expected adj of shape [${expected.join(', ')}], received [${adjacency?.shape.join(', ') ?? ''}]`)
}

/** Checks that an example is complete and like the first. @throws UsageError that names its place. */
export function demandAlike(kind: ExampleKind, example: Example, first: Example): void {
  demandShape(kind, example, first)
  demandEdges(example, first)
  demandTarget(kind, example, first)
}

/** A graph without edges, with as many features of edges as the others, which a file cannot say. */
export function withEdgeWidth(example: Example, width: number | undefined): Example {
  const { edges } = example
  if (width === undefined || edges === undefined || edges.sources.length > 0) return example
  return { ...example, edges: { ...edges, attributes: { shape: [0, width], data: new Float32Array() } } }
}

/** Checks that examples are complete and alike. @throws UsageError that names the place of the first that is not. */
export function demandExamples({ kind, examples }: Examples, path: string): void {
  const [first] = examples
  if (first === undefined) throw new UsageError(`${path}: expected at least one example, received none`)
  for (const example of examples) demandAlike(kind, example, first)
}
