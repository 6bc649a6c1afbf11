import type { OnnxDescription, OnnxValue } from '@equivar/export-onnx'

/**
 * How requests are joined into one run.
 *
 * - `padded`: concatenated along the batch axis, with set axes padded to the largest size and masked (sets, dense graphs, sets of elements).
 * - `concatenated`: concatenated along the batch axis; all other sizes must agree (images, spheres).
 * - `union`: the disjoint union of all graphs, with shifted indices (sparse graphs).
 * - `alone`: not joined; every request is a run of its own.
 */
export type RecipeKind = 'padded' | 'concatenated' | 'union' | 'alone'

/** How requests to a model are joined, as its inputs and outputs allow. */
export interface BatchRecipe {
  readonly kind: RecipeKind
  /** Why requests run alone, or why a masked size is not padded; undefined if neither is the case. */
  readonly reason: string | undefined
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** The size that counts examples: `batch`, or the number of graphs that an input binds; undefined if there is none. */
  readonly rows: string | undefined
  /** Sizes along which requests are concatenated. */
  readonly joined: ReadonlySet<string>
  /** Sizes that are padded to the largest and masked. */
  readonly padded: ReadonlySet<string>
  /**
   * Inputs that hold indices, each with what bounds them: the name of a size, or a number where no size does. Indices are never negative. A join shifts them by
   * that size of the requests before.
   */
  readonly indices: Readonly<Record<string, string | number>>
  /** Scalar inputs that bind a size: `num_graphs`. */
  readonly binds: Readonly<Record<string, string>>
}

/** Whether a size is a single symbol, rather than a number, a formula or unknown. */
export const isSymbol = (size: number | string | undefined): size is string => typeof size === 'string' && /^[A-Za-z_]\w*$/.test(size)

const mentions = (size: number | string, symbol: string): boolean => typeof size === 'string' && size.split(/\W+/).includes(symbol)

/** Equivar writes `batch`; other exporters write `batch_size`. */
const batchSymbol = /^batch(_size)?$/

function bindsOf({ metadata, inputs }: OnnxDescription): Record<string, string> {
  const text = metadata['equivar.binds']
  if (text === undefined) return {}
  const refused = (): RangeError =>
    new RangeError(
      `batchRecipe: expected the metadata equivar.binds to name a size for each input, received ${JSON.stringify(text.slice(0, 60))}.`,
    )
  let binds: unknown
  try {
    binds = JSON.parse(text)
  } catch {
    throw refused()
  }
  if (typeof binds !== 'object' || binds === null || Array.isArray(binds)) throw refused()
  const pairs = Object.entries(binds)
  if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) throw refused()
  return Object.fromEntries(pairs.filter(([name]) => inputs.some((input) => input.name === name)))
}

const find = (values: readonly OnnxValue[], name: string): OnnxValue | undefined => values.find((value) => value.name === name)

/** The sizes along which a disjoint union concatenates graphs; undefined if the inputs are not sparse graphs. */
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

/** Above this no index is a node: what bounds indices where no size does. */
const MOST_NODES = 2 ** 31 - 1

/** The bounds of the inputs that are indices by their names, where the model is none of sparse graphs with a size of nodes. */
function looseIndices(inputs: readonly OnnxValue[]): Record<string, number> {
  const nodes = find(inputs, 'x')?.shape[0]
  const limits = { edge_index: typeof nodes === 'number' ? nodes : MOST_NODES, batch: MOST_NODES }
  return Object.fromEntries(Object.entries(limits).filter(([name]) => /^int(32|64)$/.test(find(inputs, name)?.dtype ?? '')))
}

/** Why a disjoint union cannot be formed or split; undefined if it can. */
function unionObstacle(
  { inputs, outputs }: OnnxDescription,
  joined: ReadonlySet<string>,
  binds: Readonly<Record<string, string>>,
): string | undefined {
  if (find(inputs, 'batch') !== undefined && Object.keys(binds).length === 0) return 'no input binds the number of graphs'
  for (const { name, shape } of [...inputs.filter(({ name }) => !Object.hasOwn(binds, name)), ...outputs]) {
    const axes = shape.filter((size) => isSymbol(size) && joined.has(size)).length
    const hidden = shape.some((size) => !isSymbol(size) && [...joined].some((symbol) => mentions(size, symbol)))
    if (axes !== 1 || hidden) return `"${name}" [${shape.join(', ')}] does not have exactly one axis of ${[...joined].join(', ')}`
  }
  return undefined
}

/** The masked set sizes. None, with a reason, if one of them occurs in a formula, as such outputs cannot be cropped. */
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
 * Decides how requests to a model are joined, from the names and symbolic sizes of its inputs and outputs.
 *
 * Inputs named `edge_index` or `batch` mean sparse graphs. Everything else needs `batch` as the first axis of every input and output; the sizes that an
 * input `mask` covers are padded.
 *
 * @param description - the result of `inspectOnnx`.
 * @throws RangeError if the file's metadata `equivar.binds` is not an object of names.
 * @example const recipe = batchRecipe(inspectOnnx(bytes, 'model.onnx'))
 */
export function batchRecipe(description: OnnxDescription): BatchRecipe {
  const { inputs, outputs } = description
  const binds = bindsOf(description)
  const base = {
    inputs,
    outputs,
    binds,
    indices: looseIndices(inputs),
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
      : { ...base, indices: { ...base.indices, ...graphs.indices }, rows: graphs.rows, kind: 'alone', reason }
  }
  const rows = inputs[0]?.shape[0]
  if (!isSymbol(rows) || !batchSymbol.test(rows))
    return { ...base, kind: 'alone', reason: 'the first axis of the first input is not named batch' }
  const without = [...inputs, ...outputs].find(({ shape }) => shape[0] !== rows || shape.slice(1).some((size) => mentions(size, rows)))
  if (without !== undefined)
    return {
      ...base,
      kind: 'alone',
      reason: `"${without.name}" [${without.shape.join(', ')}] does not have ${rows} as its first axis and on no other`,
    }
  const { padded, reason } = paddedSizes(description)
  return { ...base, kind: padded.size > 0 ? 'padded' : 'concatenated', rows, joined: new Set([rows]), padded, reason }
}
