import { type Action, naturalAction, type PermutationGroup } from '@equivar/groups'
import { add, type Dimension, reduceSum, reshape, times } from '@equivar/tensor'
import { applyPart, blocks, part, single } from './blocks.ts'
import { circulant } from './circulant.ts'
import { dense, type Labels } from './dense.ts'
import { cheapest, type Evaluation, MOVE, ofOperations, type Workload, withMoreExamples } from './evaluation.ts'
import { orbitSums, ownOperation, totalOperation } from './orbit-sums.ts'
import { ofFactors } from './product.ts'
import { isSmall, orbitsOf, sameAction, tabulated } from './table.ts'
import { tuples } from './tuples.ts'

const range = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i)

/** k if an action is that of a symmetric group on k-tuples of its points (1 for the points themselves); otherwise undefined. */
function tupleLength({ structure, group }: Action): number | undefined {
  if (group.construction?.kind !== 'symmetric') return undefined
  if (structure.kind === 'natural') return 1
  return structure.kind === 'tuples' && structure.of.structure.kind === 'natural' ? structure.length : undefined
}

/** Evaluates two labels, that of the diagonal and that of all other pairs, from the point itself and the total. */
function ownAndTotal(n: number, label: (row: number, column: number) => number, reason: string): Evaluation {
  const own = label(0, 0)
  if (n === 1) return ofOperations('own', 'one point', [ownOperation(1, single(own))])
  const other = label(0, 1)
  const coefficients = (entries: readonly (readonly [number, number])[]): ReadonlyMap<number, number> =>
    new Map(entries.filter(([l]) => l >= 0))
  return ofOperations('own and total', reason, [
    ownOperation(
      n,
      coefficients([
        [own, 1],
        [other, -1],
      ]),
    ),
    totalOperation(n, n, coefficients([[other, 1]])),
  ])
}

/** Wreath products with a transitive inner group: an evaluation inside each block, and one between the sums of the blocks. */
function wreath(inner: PermutationGroup, outer: PermutationGroup, labels: Labels, workload: Workload): Evaluation | undefined {
  const [d, n] = [inner.degree, outer.degree]
  if (!inner.isTransitive() || d === 1 || n === 1) return undefined
  const within = part(
    labels.label,
    (r) => r,
    (c) => c,
    d,
    d,
  )
  const between = part(
    (r, c) => (Math.floor(r / d) === Math.floor(c / d) ? -1 : labels.label(r, c)),
    (r) => r * d,
    (c) => c * d,
    n,
    n,
  )
  const [inside, across] = [
    compile(naturalAction(inner), naturalAction(inner), within, withMoreExamples(workload, n)),
    compile(naturalAction(outer), naturalAction(outer), between, workload),
  ]
  if (inside === undefined || across === undefined) return undefined
  return {
    name: `wreath (${inside.name} in ${across.name})`,
    reason: `${n} blocks of ${d} points. Inside a block: ${inside.reason}. Between the sums of the blocks: ${across.reason}`,
    readsAllLabels: inside.readsAllLabels || across.readsAllLabels,
    cost: (w) => n * inside.cost(withMoreExamples(w, n)) + across.cost(w) + n * d * (w.inChannels + w.outChannels) * MOVE,
    apply: (x, weight) => {
      const [batch, , inputs] = x.shape as [Dimension, Dimension, number]
      const outputs = weight.shape[2] as number
      const each = applyPart(inside, within, reshape(x, [times(batch, n), d, inputs]), weight)
      const sums = reduceSum(reshape(x, [batch, n, d, inputs]), { axis: 2 })
      const common = applyPart(across, between, sums, weight)
      return reshape(add(reshape(each, [batch, n, d, outputs]), reshape(common, [batch, n, 1, outputs])), [batch, n * d, outputs])
    },
  }
}

const circular = (labels: Labels): Evaluation => circulant(Array.from({ length: labels.columns }, (_, k) => labels.label(0, k)))

const TWO_TRANSITIVE = 'the group is 2-transitive'

/** The evaluation of a natural action, from the construction of the group. */
function ofConstruction(group: PermutationGroup, labels: Labels, workload: Workload): Evaluation | undefined {
  const { construction } = group
  const n = group.degree
  switch (construction?.kind) {
    case 'alternating':
      return n < 4 ? undefined : ownAndTotal(n, labels.label, TWO_TRANSITIVE)
    case 'cyclic':
    case 'dihedral':
      // Stryker disable next-line ConditionalExpression,EqualityOperator: of more points orbit sums are never the cheapest, and only take time to find
      return cheapest([circular(labels), dense(labels), n <= 32 ? orbitSums(labels) : undefined], workload)
    case 'translations': {
      const [_size = 1, ...rest] = construction.sizes
      return rest.length === 0 ? circular(labels) : undefined
    }
    case 'direct': {
      const [left, right] = [naturalAction(construction.left), naturalAction(construction.right)]
      const pieces = [range(0, left.degree), range(left.degree, right.degree)]
      const side = (i: number): Action => (i === 0 ? left : right)
      return blocks(
        pieces,
        pieces,
        (piece, i, j) => (i === j ? compile(side(i), side(i), piece, workload) : independent(side(i), side(j), piece)),
        labels,
      )
    }
    case 'wreath':
      return wreath(construction.inner, construction.outer, labels, workload)
    default:
      return undefined
  }
}

/** Groups that act independently on rows and on columns: sums over the orbits of columns, broadcast over the orbits of rows. */
function independent(output: Action, input: Action, labels: Labels): Evaluation | undefined {
  return blocks(
    orbitsOf(output),
    orbitsOf(input),
    (piece) =>
      ofOperations('total', 'sums over whole orbits', [
        totalOperation(
          piece.rows,
          piece.columns,
          new Map([[piece.label(0, 0), 1]].filter(([l]) => (l as number) >= 0) as [number, number][]),
        ),
      ]),
    labels,
  )
}

/** Disjoint unions: each pair of parts separately. */
function ofUnion(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  const parts = (action: Action): readonly Action[] =>
    action.structure.kind === 'union' ? [action.structure.left, action.structure.right] : [action]
  const pieces = (actions: readonly Action[]): number[][] =>
    actions.map(({ degree }, i) => range(i === 0 ? 0 : (actions[0] as Action).degree, degree))
  const [rows, columns] = [parts(output), parts(input)]
  return blocks(pieces(rows), pieces(columns), (piece, i, j) => compile(rows[i] as Action, columns[j] as Action, piece, workload), labels)
}

/** The two factors of a product action. */
interface Factored {
  readonly left: Action
  readonly right: Action
}

/** Product actions: the cheapest combination of an evaluation of each factor. */
function ofProduct(output: Factored, input: Factored, labels: Labels, workload: Workload): Evaluation | undefined {
  const [p, q] = [output.right.degree, input.right.degree]
  const first = part(
    labels.label,
    (r) => r * p,
    (c) => c * q,
    output.left.degree,
    input.left.degree,
  )
  const second = part(
    labels.label,
    (r) => r,
    (c) => c,
    p,
    q,
  )
  const candidates = (out: Action, given: Action, piece: Labels, factor: number): (Evaluation | undefined)[] => {
    const w = withMoreExamples(workload, factor)
    return [compile(out, given, piece, w), ofStructure(out, given, piece, w)]
  }
  // The label of a product of orbits is that of any pairs of them.
  const whole = (x: number, y: number): number => {
    const [[r, c], [s, d]] = [first.pairs[x] as readonly [number, number], second.pairs[y] as readonly [number, number]]
    return labels.label(r * p + s, c * q + d)
  }
  const left = candidates(output.left, input.left, first, q)
  const right = candidates(output.right, input.right, second, input.left.degree)
  return ofFactors({ a: first, b: second, of: whole }, left, right, workload)
}

/** The evaluation that the structure of two actions provides; undefined if their structure is unknown. */
export function ofStructure(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  const [a, b] = [output.structure, input.structure]
  if (a.kind === 'union' || b.kind === 'union') return ofUnion(output, input, labels, workload)
  if (a.kind === 'trivial' || b.kind === 'trivial') return independent(output, input, labels)
  if (a.kind === 'product' && b.kind === 'product') return ofProduct(a, b, labels, workload)
  const [k, l] = [tupleLength(output), tupleLength(input)]
  if (k !== undefined && l !== undefined && k + l <= 6) {
    const n = output.group.degree
    if (k === 1 && l === 1) return n === 0 ? undefined : ownAndTotal(n, labels.label, 'the group contains all permutations of the points')
    return tuples(n, k, l, labels.label)
  }
  return a.kind === 'natural' && b.kind === 'natural' ? ofConstruction(output.group, labels, workload) : undefined
}

/** The cheapest evaluation of the maps between two actions: from their structure, else from a table of labels, else dense. */
export function compile(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  const structured = ofStructure(output, input, labels, workload)
  if (structured !== undefined) return cheapest([structured, isSmall(labels) ? dense(labels) : undefined], workload)
  if (isSmall(labels)) return tabulated(output, input, labels, workload)
  // With two labels on the pairs of one action, one label is the diagonal and the other contains all other pairs.
  if (labels.count === 2 && sameAction(output, input)) return ownAndTotal(labels.rows, labels.label, TWO_TRANSITIVE)
  return dense(labels)
}
