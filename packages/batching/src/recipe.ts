import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'

/**
 * How requests become one run.
 *
 * - `padded`: rows of all requests below each other, the set axes padded to the largest and masked (sets, dense graphs, sets of elements).
 * - `concatenated`: rows of all requests below each other; all other sizes must agree (images, spheres).
 * - `union`: the disjoint union of all graphs, indices shifted (sparse graphs).
 * - `alone`: every request is a run of its own.
 */
export type RecipeKind = 'padded' | 'concatenated' | 'union' | 'alone'

/** What the inputs and outputs of a model say about joining its requests. */
export interface BatchRecipe {
  readonly kind: RecipeKind
  /** Why requests run alone, or why their sizes must agree; undefined where nothing stands in the way. */
  readonly reason: string | undefined
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** The size that counts examples: `batch`, or the number of graphs that an input binds; undefined where nothing counts them. */
  readonly rows: string | undefined
  /** Sizes that add up when requests are joined. */
  readonly joined: ReadonlySet<string>
  /** Sizes that are padded to the largest, and masked. */
  readonly padded: ReadonlySet<string>
  /** Inputs of indices, and the size by which each request's indices are shifted and which they stay below. */
  readonly indices: Readonly<Record<string, string>>
  /** Scalar inputs that bind a size: `num_graphs`. */
  readonly binds: Readonly<Record<string, string>>
}

/** Whether a size is a plain symbol, not a number, a formula, or unknown. */
export const isSymbol = (size: number | string | undefined): size is string => typeof size === 'string' && /^[A-Za-z_]\w*$/.test(size)

const mentions = (size: number | string, symbol: string): boolean => typeof size === 'string' && size.split(/\W+/).includes(symbol)

/** `batch` in files of Equivar; `batch_size` is what other exporters write. */
const batchSymbol = /^batch(_size)?$/

function bindsOf({ metadata, inputs }: OnnxDescription): Record<string, string> {
  const text = metadata['equivar.binds']
  if (text === undefined) return {}
  const binds = JSON.parse(text) as Record<string, string>
  return Object.fromEntries(Object.entries(binds).filter(([name]) => inputs.some((input) => input.name === name)))
}

const find = (values: readonly OnnxValue[], name: string): OnnxValue | undefined => values.find((value) => value.name === name)

/** The sizes along which the disjoint union of graphs adds up, or nothing if the inputs are no sparse graphs. */
function graphSizes(
  inputs: readonly OnnxValue[],
  binds: Readonly<Record<string, string>>,
):
  | (Record<'indices', Record<string, string>> & {
      joined: Set<string>
      rows: string | undefined
    })
  | undefined {
  const [edges, batch, x] = [find(inputs, 'edge_index'), find(inputs, 'batch'), find(inputs, 'x')]
  const nodes = (batch ?? x)?.shape[0]
  if ((edges === undefined && batch === undefined) || !isSymbol(nodes) || batchSymbol.test(nodes)) return undefined
  const rows = Object.values(binds)[0]
  const indices: Record<string, string> = {}
  if (edges !== undefined) indices.edge_index = nodes
  if (batch !== undefined && rows !== undefined) indices.batch = rows
  const edgeSize = edges?.shape[1]
  return { indices, joined: new Set([nodes, ...(isSymbol(edgeSize) ? [edgeSize] : []), ...Object.values(binds)]), rows }
}

/** The value that keeps a disjoint union from being formed or split, and why. */
function unionObstacle(
  { inputs, outputs }: OnnxDescription,
  joined: ReadonlySet<string>,
  binds: Readonly<Record<string, string>>,
): string | undefined {
  if (find(inputs, 'batch') !== undefined && Object.keys(binds).length === 0) return 'no input binds the number of graphs'
  for (const { name, shape } of [...inputs.filter((input) => binds[input.name] === undefined), ...outputs]) {
    const axes = shape.filter((size) => isSymbol(size) && joined.has(size)).length
    const hidden = shape.some((size) => !isSymbol(size) && [...joined].some((symbol) => mentions(size, symbol)))
    if (axes !== 1 || hidden) return `"${name}" [${shape.join(', ')}] has no single axis of ${[...joined].join(', ')}`
  }
  return undefined
}

/** The set sizes that a mask covers and that can be cut from every output again. */
function paddedSizes({ inputs, outputs }: OnnxDescription): { padded: Set<string>; reason: string | undefined } {
  const mask = find(inputs, 'mask')
  if (mask === undefined || mask.dtype !== 'bool') return { padded: new Set(), reason: undefined }
  const covered = mask.shape.slice(1).filter(isSymbol)
  const bound = covered.find((symbol) =>
    [...inputs, ...outputs].some(({ shape }) => shape.some((size) => size !== symbol && mentions(size, symbol))),
  )
  if (bound !== undefined) return { padded: new Set(), reason: `the size ${bound} occurs in a formula, so it cannot be padded` }
  return { padded: new Set(covered), reason: undefined }
}

/**
 * How requests to a model are joined, from the names and symbolic sizes of its inputs and outputs alone.
 *
 * Sparse graphs are known by `edge_index` or `batch`; everything else by a first axis `batch` in every input and output; what a `mask` covers is padded.
 *
 * @param description - what `inspectOnnx` read from the file.
 * @example const recipe = batchRecipe(inspectOnnx(bytes, 'model.onnx'))
 */
export function batchRecipe(description: OnnxDescription): BatchRecipe {
  const { inputs, outputs } = description
  const binds = bindsOf(description)
  const base = {
    inputs,
    outputs,
    binds,
    indices: {},
    joined: new Set<string>(),
    padded: new Set<string>(),
    rows: undefined,
    reason: undefined,
  }
  const graphs = graphSizes(inputs, binds)
  if (graphs !== undefined) {
    const reason = unionObstacle(description, graphs.joined, binds)
    return reason === undefined
      ? { ...base, ...graphs, kind: 'union' }
      : { ...base, indices: graphs.indices, rows: graphs.rows, kind: 'alone', reason }
  }
  const rows = inputs[0]?.shape[0]
  if (!isSymbol(rows) || !batchSymbol.test(rows))
    return { ...base, kind: 'alone', reason: 'the first axis of the first input is not named batch' }
  const without = [...inputs, ...outputs].find(({ shape }) => shape[0] !== rows || shape.slice(1).some((size) => mentions(size, rows)))
  if (without !== undefined)
    return { ...base, kind: 'alone', reason: `"${without.name}" [${without.shape.join(', ')}] has no first axis ${rows} of its own` }
  const { padded, reason } = paddedSizes(description)
  return { ...base, kind: padded.size > 0 ? 'padded' : 'concatenated', rows, joined: new Set([rows]), padded, reason }
}
