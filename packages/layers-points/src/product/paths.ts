import { Irreps, type Summand } from '../irreps/irreps.ts'

/**
 * How a path of a tensor product joins the copies u of the first input and v of the second:
 * `uvw`: every pair to every output copy, with weights [u, v, w]; `uvu`: the sum over v, with weights [u, v], keeps u; `uuu`: copy by copy, with weights [u].
 */
export type PathMode = 'uvw' | 'uvu' | 'uuu'

/** One path of a tensor product, from a summand of each input to a summand of the output. */
export interface Path {
  readonly first: number
  readonly second: number
  readonly output: number
  readonly mode: PathMode
  /** Whether it has weights; otherwise they are 1. `uvw` must have weights. */
  readonly weighted: boolean
  /** A factor of the variance of its share in the output; default 1. */
  readonly weight?: number
}

/** Which unit of variance inputs and outputs have: 1 for each component, or 1 for the norm of each copy. */
export type IrrepNormalization = 'component' | 'norm'
/** What shares the unit of variance of an output: every term of its sum (`element`), or every path (`path`). */
export type PathNormalization = 'element' | 'path'

/** Inputs and output of a tensor product. */
export interface Slots {
  readonly first: Irreps
  readonly second: Irreps
  readonly output: Irreps
}

/** A path with its summands and the factor that keeps the unit of variance. */
export interface PlannedPath extends Path {
  readonly u: Summand
  readonly v: Summand
  readonly w: Summand
  /** Multiplies its coupling. */
  readonly factor: number
  /** The shape of its weights: [u, v, w], [u, v] or [u]; empty without weights. */
  readonly weightShape: readonly number[]
}

/** The number of terms that are summed for an output of a path. */
function terms({ mode }: Path, u: Summand, v: Summand): number {
  return mode === 'uvw' ? u.multiplicity * v.multiplicity : mode === 'uvu' ? v.multiplicity : 1
}

function weightShapeOf({ mode, weighted }: Path, { u, v, w }: { u: Summand; v: Summand; w: Summand }): number[] {
  if (!weighted) return []
  const all = { uvw: [u.multiplicity, v.multiplicity, w.multiplicity], uvu: [u.multiplicity, v.multiplicity], uuu: [u.multiplicity] }
  return all[mode]
}

function demandPath(path: Path, { first, second, output }: Slots): { u: Summand; v: Summand; w: Summand } {
  const [u, v, w] = [first.summands[path.first], second.summands[path.second], output.summands[path.output]]
  const name = `(${path.first}, ${path.second}, ${path.output}, ${path.mode})`
  if (u === undefined || v === undefined || w === undefined)
    throw new RangeError(`TensorProduct: expected paths between summands of ${first}, ${second} and ${output}, received ${name}.`)
  if (!w.irrep.isIn(u.irrep, v.irrep))
    throw new RangeError(`TensorProduct: expected an output that ${u.irrep} x ${v.irrep} has, received the path ${name} to ${w.irrep}.`)
  const copies = path.mode === 'uvw' ? w.multiplicity : u.multiplicity
  const same = path.mode !== 'uuu' || u.multiplicity === v.multiplicity
  if (w.multiplicity !== copies || !same || (path.mode === 'uvw' && !path.weighted))
    throw new RangeError(
      `TensorProduct: expected ${path.mode === 'uvw' ? 'weights on a path uvw' : `as many copies as ${path.mode} joins`}, received the path ${name} from ${u.multiplicity}x${u.irrep} and ${v.multiplicity}x${v.irrep} to ${w.multiplicity}x${w.irrep}.`,
    )
  return { u, v, w }
}

/**
 * The paths with the factor by which each keeps the unit of variance, as in e3nn: factor^2 = dim(output) weight / (terms that reach the output) for `component`,
 * dim(first) dim(second) weight / terms for `norm`. (The coupling has norm 1.)
 *
 * @throws RangeError that names a path between wrong summands.
 */
export function planPaths(
  paths: readonly Path[],
  slots: Slots,
  normalization: { readonly irreps: IrrepNormalization; readonly path: PathNormalization },
): PlannedPath[] {
  const known = paths.map((path) => ({ path, ...demandPath(path, slots) }))
  const shared = (path: Path, count: (each: (typeof known)[number]) => number): number =>
    known.filter((each) => each.path.output === path.output).reduce((sum, each) => sum + count(each), 0)
  return known.map(({ path, u, v, w }) => {
    const { weight = 1 } = path
    const dimensions = normalization.irreps === 'component' ? w.irrep.dimension : u.irrep.dimension * v.irrep.dimension
    const among =
      normalization.path === 'element'
        ? shared(path, (each) => terms(each.path, each.u, each.v))
        : terms(path, u, v) * shared(path, () => 1)
    return {
      ...path,
      u,
      v,
      w,
      factor: among === 0 ? 0 : Math.sqrt((dimensions * weight) / among),
      weightShape: weightShapeOf(path, { u, v, w }),
    }
  })
}

/** All paths to the output, of mode `uvw`. */
export function fullPaths({ first, second, output }: Slots): Path[] {
  return first.summands.flatMap((u, i) =>
    second.summands.flatMap((v, j) =>
      output.summands.flatMap((w, k) =>
        w.irrep.isIn(u.irrep, v.irrep) ? [{ first: i, second: j, output: k, mode: 'uvw' as const, weighted: true }] : [],
      ),
    ),
  )
}

/**
 * The paths of mode `uvu` of every pair of summands to every kind that `keep` has, each to a summand of its own, sorted.
 *
 * @param keep - the kinds of the output; all that there are without it.
 */
export function depthwisePaths(first: Irreps, second: Irreps, keep?: Irreps): { readonly output: Irreps; readonly paths: Path[] } {
  const found = first.summands.flatMap((u, i) =>
    second.summands.flatMap((v, j) =>
      u.irrep
        .times(v.irrep)
        .filter((irrep) => keep === undefined || keep.countOf(irrep) > 0)
        .map((irrep) => ({ first: i, second: j, summand: { multiplicity: u.multiplicity, irrep } })),
    ),
  )
  const { irreps: output, from } = new Irreps(found.map(({ summand }) => summand)).sorted()
  const place = new Map(from.map((source, at) => [source, at]))
  const paths = found.map(({ first: i, second: j }, at) => ({
    first: i,
    second: j,
    output: place.get(at) as number,
    mode: 'uvu' as const,
    weighted: true,
  }))
  return { output, paths }
}

/**
 * The paths of mode `uuu`: summands are cut until both inputs have the same multiplicities, copy meets copy, and each product has a summand of its own.
 *
 * @throws RangeError if the inputs have different numbers of copies.
 */
export function elementwisePaths(
  first: Irreps,
  second: Irreps,
  keep?: Irreps,
): { readonly first: Irreps; readonly second: Irreps; readonly output: Irreps; readonly paths: Path[] } {
  if (first.count !== second.count)
    throw new RangeError(`elementwise product: expected as many copies in both inputs, received ${first.count} and ${second.count}.`)
  const [left, right]: [Summand[], Summand[]] = [[], []]
  const rest = [first.simplified(), second.simplified()].map(({ summands }) => summands.map((summand) => ({ ...summand })))
  const [a, b] = rest as [{ multiplicity: number; irrep: Summand['irrep'] }[], { multiplicity: number; irrep: Summand['irrep'] }[]]
  while (a.length > 0 && b.length > 0) {
    const [x, y] = [a[0], b[0]] as [{ multiplicity: number; irrep: Summand['irrep'] }, { multiplicity: number; irrep: Summand['irrep'] }]
    const multiplicity = Math.min(x.multiplicity, y.multiplicity)
    left.push({ multiplicity, irrep: x.irrep })
    right.push({ multiplicity, irrep: y.irrep })
    x.multiplicity -= multiplicity
    y.multiplicity -= multiplicity
    if (x.multiplicity === 0) a.shift()
    if (y.multiplicity === 0) b.shift()
  }
  const output: Summand[] = []
  const paths = left.flatMap((u, i) =>
    u.irrep
      .times((right[i] as Summand).irrep)
      .filter((irrep) => keep === undefined || keep.countOf(irrep) > 0)
      .map((irrep) => {
        output.push({ multiplicity: u.multiplicity, irrep })
        return { first: i, second: i, output: output.length - 1, mode: 'uuu' as const, weighted: false }
      }),
  )
  return { first: new Irreps(left), second: new Irreps(right), output: new Irreps(output), paths }
}
