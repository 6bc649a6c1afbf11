import { constant, type Dimension, matMul, mul, reshape, swapAxes, type Tensor, transpose, unsqueeze } from '@equivar/tensor'
import { coupling } from '../irreps/coupling.ts'
import type { PlannedPath } from './paths.ts'

/** What the paths of one group have in common: the first summand, and the multiplicity of the second. */
export interface Group {
  readonly first: number
  readonly paths: readonly PlannedPath[]
}

/** Paths uvw and uvu by their first summand and the multiplicity of the second: each group is one product with constants and one with the first input. */
export function groupsOf(paths: readonly PlannedPath[]): Group[] {
  const groups = new Map<string, PlannedPath[]>()
  for (const path of paths) {
    const key = `${path.first} ${path.v.multiplicity}`
    groups.set(key, [...(groups.get(key) ?? []), path])
  }
  return [...groups.values()].map((all) => ({ first: (all[0] as PlannedPath).first, paths: all }))
}

/** The second summands of a group, each once, and where its components start among all of them. */
function secondsOf({ paths }: Group): { readonly seconds: number[]; readonly start: ReadonlyMap<number, number>; readonly size: number } {
  const start = new Map<number, number>()
  let size = 0
  for (const { second, v } of paths) {
    if (start.has(second)) continue
    start.set(second, size)
    size += v.irrep.dimension
  }
  return { seconds: [...start.keys()], start, size }
}

/** The factors times couplings of all paths of a group as one matrix [components of the seconds, (components of all outputs) x (components of the first)]. */
function couplingMatrix(group: Group): { readonly matrix: Tensor; readonly seconds: readonly number[]; readonly rows: number } {
  const { seconds, start, size } = secondsOf(group)
  const components = (group.paths[0] as PlannedPath).u.irrep.dimension
  const rows = group.paths.reduce((sum, { w }) => sum + w.irrep.dimension, 0)
  const data = new Float64Array(size * rows * components)
  let row = 0
  for (const { second, u, v, w, factor } of group.paths) {
    const table = coupling(u.irrep.l, v.irrep.l, w.irrep.l)
    const [n1, n2, n3] = [u.irrep.dimension, v.irrep.dimension, w.irrep.dimension]
    for (let i = 0; i < n1; i++)
      for (let j = 0; j < n2; j++)
        for (let k = 0; k < n3; k++)
          data[((start.get(second) as number) + j) * rows * components + (row + k) * components + i] =
            factor * (table[(i * n2 + j) * n3 + k] as number)
    row += n3
  }
  return { matrix: constant(data, [size, rows * components]), seconds, rows }
}

/**
 * The couplings of all paths of a group with the copies of the second input: sum over i, j of factor w_ijk x_iu y_jv.
 *
 * @param x - float32 [..., 2 l1 + 1, u].
 * @param second - the block [..., 2 l2 + 1, v] of a summand of the second input.
 * @returns float32 [..., v, components of all outputs, u].
 */
export function coupled(
  group: Group,
  x: Tensor,
  {
    second,
    leading,
    join,
  }: { second: (index: number) => Tensor; leading: readonly Dimension[]; join: (parts: readonly Tensor[]) => Tensor },
): Tensor {
  const { matrix, seconds, rows } = couplingMatrix(group)
  const copies = (group.paths[0] as PlannedPath).v.multiplicity
  const components = (group.paths[0] as PlannedPath).u.irrep.dimension
  const rank = leading.length
  // [..., v, components of the seconds].
  const y = transpose(join(seconds.map(second)), [...leading.map((_, axis) => axis), rank + 1, rank])
  const maps = matMul(y, matrix)
  if (components === 1) return mul(reshape(maps, [...leading, copies, rows, 1]), unsqueeze(x, rank))
  const product = matMul(reshape(maps, [...leading, copies * rows, components]), x)
  return reshape(product, [...leading, copies, rows, x.shape.at(-1) as Dimension])
}

/** Whether a path of mode uvu is a multiplication: by one copy of a second input, where one of both is of degree 0. */
export const isScaling = ({ mode, u, v }: PlannedPath): boolean =>
  mode === 'uvu' && v.multiplicity === 1 && (u.irrep.l === 0 || v.irrep.l === 0)

/** The product along a path that is a multiplication: x_iu y_j W_u. @param weight - [..., 1, u]. @returns [..., 2l + 1, u]. */
export function scaledCopies({ u, v, w, factor }: PlannedPath, x: Tensor, y: Tensor, weight: Tensor | undefined): Tensor {
  const scale = factor * (coupling(u.irrep.l, v.irrep.l, w.irrep.l)[0] as number)
  const given = scale === 1 ? y : mul(y, scale)
  // Factors of degree 0 first: they are smaller.
  if (weight === undefined) return mul(x, given)
  return u.irrep.l === 0 ? mul(mul(x, weight), given) : mul(x, mul(weight, given))
}

/** The product copy by copy: sum over i, j of factor w_ijk x_iu y_ju. @param x - [..., 2 l1 + 1, u]. @param y - [..., 2 l2 + 1, u]. @returns [..., 2 l3 + 1, u]. */
export function coupledCopies({ u, v, w, factor }: PlannedPath, x: Tensor, y: Tensor, leading: readonly Dimension[]): Tensor {
  const [n1, n2, n3] = [u.irrep.dimension, v.irrep.dimension, w.irrep.dimension]
  const table = coupling(u.irrep.l, v.irrep.l, w.irrep.l).map((value) => factor * value)
  const rank = leading.length
  const [left, right] = [unsqueeze(swapAxes(x, -1, -2), rank + 2), unsqueeze(swapAxes(y, -1, -2), rank + 1)]
  const outer = reshape(mul(left, right), [...leading, u.multiplicity, n1 * n2])
  return swapAxes(matMul(outer, constant(table, [n1 * n2, n3], 'float32')), -1, -2)
}
