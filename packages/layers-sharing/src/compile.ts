import {
  type Action,
  naturalAction,
  orbitLabels,
  type PermutationGroup,
  type SharingRule,
  sharingRule,
  sharingScheme,
} from '@equivar/groups'
import { add, concat, type Dimension, gather, reduceSum, reshape, type Tensor, times, transpose } from '@equivar/tensor'
import { circulant } from './circulant.ts'
import { dense, type Labels, MOST_DENSE } from './dense.ts'
import { combine, type Evaluation, firstOfTwo, indices, MOVE, type Operation, ofOperations, rowsOf, type Workload } from './evaluation.ts'
import { orbitSums, ownOperation, sortedBy, totalOperation } from './orbit-sums.ts'
import { tuples } from './tuples.ts'

/** So many times as many examples. */
const together = (workload: Workload, times_: number): Workload => ({ ...workload, examples: workload.examples * times_ })

/** The cheapest of some evaluations. */
function cheapest(candidates: readonly (Evaluation | undefined)[], workload: Workload): Evaluation | undefined {
  const there = candidates.filter((candidate) => candidate !== undefined)
  return there.reduce<Evaluation | undefined>(
    (best, one) => (best === undefined || one.cost(workload) < best.cost(workload) ? one : best),
    undefined,
  )
}

/** Labels of a part of the pairs, numbered anew, with the labels of the whole that they stand for. */
interface Part extends Labels {
  readonly whole: readonly number[]
}

/** The most pairs of a table that is looked at. */
const MOST_TABULATED = 2 ** 22

/** The pairs of some rows and some columns. Where there are too many to look at, labels are numbered as they are met. */
function part(labels: Labels, row: (r: number) => number, column: (c: number) => number, rows: number, columns: number): Part {
  const numbers = new Map<number, number>()
  const whole: number[] = []
  const label = (r: number, c: number): number => {
    const found = labels.label(row(r), column(c))
    if (found < 0) return -1
    const known = numbers.get(found)
    if (known !== undefined) return known
    numbers.set(found, whole.length)
    return whole.push(found) - 1
  }
  if (rows * columns <= MOST_TABULATED) for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) label(r, c)
  return {
    rows,
    columns,
    label,
    whole,
    get count(): number {
      return whole.length
    },
  }
}

const single = (label: number): ReadonlyMap<number, number> => new Map([[label, 1]])

/** Applies an evaluation of a part to the weights of the whole. */
function applyPart(evaluation: Evaluation, { whole }: Part, x: Tensor, weight: Tensor): Tensor {
  return evaluation.apply(x, combine(weight, whole.map(single)))
}

/** Blocks of rows and columns, each pair of blocks by its own evaluation. */
function blocks(
  rowBlocks: readonly (readonly number[])[],
  columnBlocks: readonly (readonly number[])[],
  compilePart: (labels: Part, rowBlock: number, columnBlock: number) => Evaluation | undefined,
  labels: Labels,
): Evaluation | undefined {
  const [rowOrder, columnOrder] = [sortedBy(rowBlocks), sortedBy(columnBlocks)]
  const parts: { readonly part: Part; readonly evaluation: Evaluation }[][] = []
  for (const [i, rows] of rowBlocks.entries()) {
    const line: { part: Part; evaluation: Evaluation }[] = []
    for (const [j, columns] of columnBlocks.entries()) {
      const made = part(
        labels,
        (r) => rows[r] as number,
        (c) => columns[c] as number,
        rows.length,
        columns.length,
      )
      const evaluation = compilePart(made, i, j)
      if (evaluation === undefined) return undefined
      line.push({ part: made, evaluation })
    }
    parts.push(line)
  }
  const starts = columnBlocks.map((_, j) => columnBlocks.slice(0, j).reduce((sum, { length }) => sum + length, 0))
  const names = [...new Set(parts.flat().map(({ evaluation }) => evaluation.name))]
  return {
    name: `blocks (${names.join(', ')})`,
    why: `${rowBlocks.length} x ${columnBlocks.length} blocks of points that the group does not mix`,
    cost: (w) =>
      parts
        .flat()
        .reduce(
          (sum, { evaluation, part: { rows } }, i) =>
            sum + evaluation.cost(w) + (i % columnBlocks.length === 0 ? 0 : rows * w.outChannels * MOVE),
          0,
        ),
    apply: (x, weight) => {
      const sorted = columnOrder === undefined ? x : gather(x, indices(columnOrder.order), 1)
      const lines = parts.map((line) =>
        line
          .map(({ part: p, evaluation }, j) => applyPart(evaluation, p, rowsOf(sorted, starts[j] as number, p.columns), weight))
          .reduce((a, b) => add(a, b)),
      )
      const y = lines.length === 1 ? (lines[0] as Tensor) : concat(lines, 1)
      return rowOrder === undefined ? y : gather(y, indices(rowOrder.back), 1)
    },
  }
}

/** Two independent labels: the first of the pairs (row / b.rows, column / b.columns), the second of the rest. */
interface Factors {
  readonly a: Labels
  readonly b: Labels
  /** The label of the whole. */
  of(a: number, b: number): number
}

/** Operations of the first factor, each followed by an evaluation of the second. */
function product({ a, b, of }: Factors, operations: readonly Operation[], second: Evaluation, name: string): Evaluation {
  const weightsOf = ({ coefficients }: Operation): ReadonlyMap<number, number>[] =>
    Array.from({ length: b.count }, (_, label) => new Map([...coefficients].map(([first, factor]) => [of(first, label), factor])))
  return {
    name: `product (${name} x ${second.name})`,
    why: `two factors that act independently: ${operations.length} operations on the first, then ${second.why}`,
    ...(second.operations === undefined ? {} : { operations: productOperations({ a, b, of }, operations, second.operations) }),
    cost: (w) =>
      operations.reduce(
        (sum, { size, moved }) =>
          sum + size * second.cost(together(w, size)) + moved * (b.columns * w.inChannels + b.rows * w.outChannels) * (MOVE / 2),
        0,
      ),
    apply: (x, weight) => {
      const [batch, , inputs] = x.shape as [Dimension, Dimension, number]
      const outputs = weight.shape[2] as number
      const parts = operations.map((operation) => {
        const z = reshape(operation.reduce(firstOfTwo(x, a.columns, b.columns)), [times(batch, operation.size), b.columns, inputs])
        const y = second.apply(z, combine(weight, weightsOf(operation)))
        return operation.expand(reshape(y, [batch, operation.size, b.rows * outputs]))
      })
      return reshape(
        parts.reduce((p, q) => add(p, q)),
        [batch, a.rows * b.rows, outputs],
      )
    },
  }
}

/** Operations of both factors, one after the other. */
function productOperations({ a, b, of }: Factors, first: readonly Operation[], second: readonly Operation[]): Operation[] {
  return first.flatMap((f) =>
    second.map((g) => {
      const coefficients = new Map<number, number>()
      for (const [p, x] of f.coefficients) for (const [q, y] of g.coefficients) coefficients.set(of(p, q), x * y)
      const inside = (z: Tensor, count: number, columns: number): Tensor =>
        reshape(z, [times(z.shape[0] as Dimension, count), columns, z.shape[2] as Dimension])
      return {
        reduceKey: `${f.reduceKey} x ${g.reduceKey}`,
        expandKey: `${f.expandKey} x ${g.expandKey}`,
        size: f.size * g.size,
        moved: f.moved * b.columns + f.size * g.moved,
        coefficients,
        reduce: (x: Tensor): Tensor => {
          const c = x.shape[2] as Dimension
          const z = f.reduce(firstOfTwo(x, a.columns, b.columns))
          const y = g.reduce(inside(reshape(z, [x.shape[0] as Dimension, f.size * b.columns, c]), f.size, b.columns))
          return reshape(y, [x.shape[0] as Dimension, f.size * g.size, c])
        },
        expand: (z: Tensor): Tensor => {
          const c = z.shape[2] as Dimension
          const y = g.expand(inside(z, f.size, g.size))
          const w = f.expand(reshape(y, [z.shape[0] as Dimension, f.size, times(c, b.rows)]))
          return reshape(w, [z.shape[0] as Dimension, a.rows * b.rows, c])
        },
      }
    }),
  )
}

/** The factors in the other order, between two transposes. */
function swapped(evaluation: Evaluation, { a, b }: Factors): Evaluation {
  const turn = (x: Tensor, p: number, q: number): Tensor => {
    const [batch, , c] = x.shape as [Dimension, Dimension, Dimension]
    return reshape(transpose(reshape(x, [batch, p, q, c]), [0, 2, 1, 3]), [batch, p * q, c])
  }
  return {
    name: evaluation.name,
    why: evaluation.why,
    cost: (w) => evaluation.cost(w) + (a.columns * b.columns * w.inChannels + a.rows * b.rows * w.outChannels) * MOVE,
    apply: (x, weight) => turn(evaluation.apply(turn(x, a.columns, b.columns), weight), b.rows, a.rows),
  }
}

/** The cheapest pairing of evaluations of two factors; one of the two has to be a sum of operations. */
function ofFactors(
  factors: Factors,
  firsts: readonly (Evaluation | undefined)[],
  seconds: readonly (Evaluation | undefined)[],
  workload: Workload,
): Evaluation | undefined {
  const { a, b, of } = factors
  const other: Factors = { a: b, b: a, of: (p, q) => of(q, p) }
  const pairs = firsts.flatMap((first) =>
    seconds.flatMap((second) => (first === undefined || second === undefined ? [] : [{ first, second }])),
  )
  const candidates = pairs.flatMap(({ first, second }) => [
    first.operations === undefined ? undefined : product(factors, first.operations, second, first.name),
    second.operations === undefined ? undefined : swapped(product(other, second.operations, first, second.name), factors),
  ])
  return cheapest(candidates, workload)
}

/** Independent labels, found in a table: the points are pairs (i, j), number i b + j, for some b. */
function factorsOf(labels: Labels): Factors | undefined {
  const { rows: n, columns } = labels
  if (n !== columns) return undefined
  for (let b = 2; b < n; b++) {
    if (n % b !== 0) continue
    const found = factorsFor(labels, n / b, b)
    if (found !== undefined) return found
  }
  return undefined
}

function factorsFor(labels: Labels, a: number, b: number): Factors | undefined {
  const first = part(
    labels,
    (r) => r * b,
    (c) => c * b,
    a,
    a,
  )
  const second = part(
    labels,
    (r) => r,
    (c) => c,
    b,
    b,
  )
  const whole = new Map<string, number>()
  const taken = new Set<number>()
  for (let r = 0; r < a * b; r++) {
    for (let c = 0; c < a * b; c++) {
      const key = `${first.label(Math.floor(r / b), Math.floor(c / b))} ${second.label(r % b, c % b)}`
      const label = labels.label(r, c)
      const known = whole.get(key)
      if (known !== undefined && known !== label) return undefined
      if (known === undefined) {
        if (taken.has(label)) return undefined
        taken.add(label)
        whole.set(key, label)
      }
    }
  }
  return { a: first, b: second, of: (p, q) => whole.get(`${p} ${q}`) as number }
}

/** An order of the points in which the labels depend on the difference alone: their own, or that of a generator that is one cycle. */
function circularOrder(labels: Labels, cycles: readonly (readonly number[])[]): readonly number[] | undefined {
  const n = labels.rows
  if (n !== labels.columns || n < 3) return undefined
  const own = Array.from({ length: n }, (_, point) => point)
  return [own, ...cycles].find((order) => {
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) {
        if (labels.label(order[r] as number, order[c] as number) !== labels.label(order[0] as number, order[(c - r + n) % n] as number))
          return false
      }
    }
    return true
  })
}

function inOrder(evaluation: Evaluation, order: readonly number[]): Evaluation {
  const sorted = sortedBy([order])
  if (sorted === undefined) return evaluation
  return {
    ...evaluation,
    cost: (w) => evaluation.cost(w) + order.length * (w.inChannels + w.outChannels) * MOVE,
    apply: (x, weight) => gather(evaluation.apply(gather(x, indices(sorted.order), 1), weight), indices(sorted.back), 1),
  }
}

/** Recognises structure in a table of labels: every evaluation that fits. */
function allOfTable(labels: Labels, workload: Workload, cycles: readonly (readonly number[])[] = []): (Evaluation | undefined)[] {
  const order = circularOrder(labels, cycles)
  const convolution =
    order === undefined ? undefined : inOrder(circulant(order.map((point) => labels.label(order[0] as number, point))), order)
  const factors = factorsOf(labels)
  const candidates = (labels_: Labels, times_: number): (Evaluation | undefined)[] => [
    ofTable(labels_, together(workload, times_)),
    orbitSums(labels_),
  ]
  const split =
    factors === undefined
      ? undefined
      : ofFactors(factors, candidates(factors.a, factors.b.columns), candidates(factors.b, factors.a.columns), workload)
  return [orbitSums(labels), convolution, split, dense(labels)]
}

/** The cheapest of them. */
function ofTable(labels: Labels, workload: Workload, cycles: readonly (readonly number[])[] = []): Evaluation | undefined {
  return cheapest(allOfTable(labels, workload, cycles), workload)
}

/** Points by orbit. */
function orbitsOf(action: Action): number[][] {
  const { labels, count } = orbitLabels(action)
  const found: number[][] = Array.from({ length: count }, () => [])
  labels.forEach((label, point) => {
    found[label]?.push(point)
  })
  return found
}

/** Points in the order of a generator that is one cycle. */
function cyclesOf({ generators, degree }: Action): number[][] {
  return generators.flatMap((generator) => {
    const order = [0]
    for (let point = generator.apply(0); point !== 0 && order.length < degree; point = generator.apply(point)) order.push(point)
    return order.length === degree ? [order] : []
  })
}

/** Where no structure is known of the actions: orbit by orbit, by what the table shows. */
function tabulated(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  return cheapest(allTabulated(output, input, labels, workload), workload)
}

function allTabulated(output: Action, input: Action, labels: Labels, workload: Workload): (Evaluation | undefined)[] {
  const [rows, columns] = [orbitsOf(output), orbitsOf(input)]
  if (rows.length === 1 && columns.length === 1) return allOfTable(labels, workload, sameAction(output, input) ? cyclesOf(output) : [])
  return [blocks(rows, columns, (piece) => ofTable(piece, workload), labels), dense(labels)]
}

/** Two actions that move their points alike. */
const sameAction = (output: Action, input: Action): boolean =>
  output === input || (output.degree === input.degree && output.generators.every((g, k) => g.equals(input.generators[k] as typeof g)))

/** n where an action is of all permutations of n points on their k-tuples; points are 1-tuples. */
function tupleLength({ structure, group }: Action): number | undefined {
  if (group.construction?.kind !== 'symmetric') return undefined
  if (structure.kind === 'natural') return 1
  return structure.kind === 'tuples' && structure.of.structure.kind === 'natural' ? structure.length : undefined
}

/** Two labels: a point with itself, and with any other. */
function ownAndTotal(n: number, label: (row: number, column: number) => number, why: string): Evaluation {
  const own = label(0, 0)
  if (n === 1) return ofOperations('own', 'one point', [ownOperation(1, single(own))])
  const other = label(0, 1)
  const coefficients = (entries: readonly (readonly [number, number])[]): ReadonlyMap<number, number> =>
    new Map(entries.filter(([l]) => l >= 0))
  return ofOperations('own and total', why, [
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

/** A transitive inner group in each block: what happens inside a block, and between blocks by their sums. */
function wreath(inner: PermutationGroup, outer: PermutationGroup, labels: Labels, workload: Workload): Evaluation | undefined {
  const [d, n] = [inner.degree, outer.degree]
  if (!inner.isTransitive() || d === 1 || n === 1) return undefined
  const within = part(
    labels,
    (r) => r,
    (c) => c,
    d,
    d,
  )
  const between = part(
    { ...labels, label: (r, c) => (Math.floor(r / d) === Math.floor(c / d) ? -1 : labels.label(r, c)) },
    (r) => r * d,
    (c) => c * d,
    n,
    n,
  )
  const [inside, across] = [
    compile(naturalAction(inner), naturalAction(inner), within, together(workload, n)),
    compile(naturalAction(outer), naturalAction(outer), between, workload),
  ]
  if (inside === undefined || across === undefined) return undefined
  return {
    name: `wreath (${inside.name} in ${across.name})`,
    why: `${n} blocks of ${d} points: inside a block ${inside.why}; between blocks, on their sums, ${across.why}`,
    cost: (w) => n * inside.cost(together(w, n)) + across.cost(w) + n * d * (w.inChannels + w.outChannels) * MOVE,
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

const shifted = (labels: Labels): Evaluation => circulant(Array.from({ length: labels.columns }, (_, k) => labels.label(0, k)))

const TWO_TRANSITIVE = 'the group takes any two points to any two'

/** A group on its own points, by how it was made. */
function ofConstruction(group: PermutationGroup, labels: Labels, workload: Workload): Evaluation | undefined {
  const made = group.construction
  const n = group.degree
  switch (made?.kind) {
    case 'alternating':
      return n < 4 ? undefined : ownAndTotal(n, labels.label, TWO_TRANSITIVE)
    case 'cyclic':
    case 'dihedral':
      return cheapest([shifted(labels), dense(labels), n <= 32 ? orbitSums(labels) : undefined], workload)
    case 'translations': {
      const [_size = 1, ...rest] = made.sizes
      return rest.length === 0 ? shifted(labels) : undefined
    }
    case 'direct': {
      const [left, right] = [naturalAction(made.left), naturalAction(made.right)]
      const range = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i)
      const pieces = [range(0, left.degree), range(left.degree, right.degree)]
      const still = (i: number): Action => (i === 0 ? left : right)
      return blocks(
        pieces,
        pieces,
        (piece, i, j) => (i === j ? compile(still(i), still(i), piece, workload) : apart(still(i), still(j), piece, workload)),
        labels,
      )
    }
    case 'wreath':
      return wreath(made.inner, made.outer, labels, workload)
    default:
      return undefined
  }
}

/** Two groups that act independently on rows and on columns: the sum over an orbit of columns, the same for an orbit of rows. */
function apart(output: Action, input: Action, labels: Labels, _workload: Workload): Evaluation | undefined {
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
    { ...labels },
  )
}

/** What the structure of two actions of one group says; undefined where it says nothing. */
function ofStructure(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  const [a, b] = [output.structure, input.structure]
  const range = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i)
  if (a.kind === 'union' || b.kind === 'union') {
    const rows = a.kind === 'union' ? [a.left, a.right] : [output]
    const columns = b.kind === 'union' ? [b.left, b.right] : [input]
    const pieces = (actions: readonly Action[]): number[][] =>
      actions.map(({ degree }, i) => range(i === 0 ? 0 : (actions[0] as Action).degree, degree))
    return blocks(pieces(rows), pieces(columns), (piece, i, j) => compile(rows[i] as Action, columns[j] as Action, piece, workload), labels)
  }
  if (a.kind === 'trivial' || b.kind === 'trivial') return apart(output, input, labels, workload)
  if (a.kind === 'product' && b.kind === 'product') {
    const [p, q] = [a.right.degree, b.right.degree]
    const first = part(
      labels,
      (r) => r * p,
      (c) => c * q,
      a.left.degree,
      b.left.degree,
    )
    const second = part(
      labels,
      (r) => r,
      (c) => c,
      p,
      q,
    )
    const candidates = (out: Action, given: Action, piece: Labels, times_: number): (Evaluation | undefined)[] => {
      const w = together(workload, times_)
      return [compile(out, given, piece, w), ofStructure(out, given, piece, w)]
    }
    const [fs, gs] = [candidates(a.left, b.left, first, q), candidates(a.right, b.right, second, b.left.degree)]
    // The label of a product of orbits, by the first pair of each.
    const pairs = (of: Part): (readonly [number, number])[] => of.whole.map((label) => firstPair(of, label))
    const [firsts, seconds] = [pairs(first), pairs(second)]
    const whole = (x: number, y: number): number => {
      const [[r, c], [s, d]] = [firsts[x] as readonly [number, number], seconds[y] as readonly [number, number]]
      return labels.label(r * p + s, c * q + d)
    }
    return ofFactors({ a: first, b: second, of: whole }, fs, gs, workload)
  }
  const [k, l] = [tupleLength(output), tupleLength(input)]
  if (k !== undefined && l !== undefined && k + l <= 6) {
    const n = output.group.degree
    if (k === 1 && l === 1) return n === 0 ? undefined : ownAndTotal(n, labels.label, 'all permutations of the points')
    return tuples(n, k, l, labels.label)
  }
  return a.kind === 'natural' && b.kind === 'natural' ? ofConstruction(output.group, labels, workload) : undefined
}

function firstPair(labels: Part, label: number): readonly [number, number] {
  for (let r = 0; r < labels.rows; r++)
    for (let c = 0; c < labels.columns; c++) if (labels.whole[labels.label(r, c)] === label) return [r, c]
  throw new RangeError(`layers-sharing: label ${label} has no pair; this is a defect.`)
}

function compile(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  const structured = ofStructure(output, input, labels, workload)
  if (structured !== undefined) return cheapest([structured, isSmall(labels) ? dense(labels) : undefined], workload)
  if (isSmall(labels)) return tabulated(output, input, labels, workload)
  // Two labels on the pairs of one action: the diagonal is one of them, so that all other pairs are alike.
  if (labels.count === 2 && sameAction(output, input)) return ownAndTotal(labels.rows, labels.label, TWO_TRANSITIVE)
  return dense(labels)
}

const isSmall = ({ rows, columns }: Labels): boolean => rows * columns <= MOST_TABULATED

/** Sums over orbits, each pair of orbits of points on its own. */
const byOrbits = (output: Action, input: Action, labels: Labels): Evaluation | undefined =>
  isSmall(labels) ? blocks(orbitsOf(output), orbitsOf(input), (piece) => orbitSums(piece), labels) : undefined

/** All evaluations that fit, one of each name, the cheapest first. */
function allEvaluations(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation[] {
  const wide = { ...workload, inChannels: WIDE, outChannels: WIDE }
  const found = [
    ...[workload, wide].flatMap((w) => [compile(output, input, labels, w), ofStructure(output, input, labels, w)]),
    ...(isSmall(labels) ? allTabulated(output, input, labels, workload) : []),
    byOrbits(output, input, labels),
    dense(labels),
  ].filter((one) => one !== undefined)
  const byName = new Map<string, Evaluation>()
  for (const one of found.sort((a, b) => a.cost(workload) - b.cost(workload))) if (!byName.has(one.name)) byName.set(one.name, one)
  return [...byName.values()]
}

/** Channels of a wide layer, where structure pays most. */
const WIDE = 256

/**
 * Which evaluation is to be used: the cheapest; what would be cheapest for many channels; one of the extremes; or any other of the candidates that
 * `chooseEvaluation` lists, by its name.
 */
export type EvaluationChoice = 'automatic' | 'structured' | 'dense' | 'orbitSums' | (string & {})

/** All labels, and the evaluation that was chosen. */
export interface Compiled {
  readonly count: number
  /** Pairs of each label. */
  readonly sizes: ArrayLike<number>
  /** The row of the first pair of each label. */
  readonly firstRow: (label: number) => number
  readonly evaluation: Evaluation
}

/**
 * Finds the cheapest exact evaluation of the linear maps between two actions, by a model of its cost on matrix products and memory.
 *
 * @throws DomainError if the actions are of different groups, or nothing is known of their structure and the table would be too large.
 * @throws RangeError if the evaluation that is asked for is not there for these actions.
 */
export function compileSharing(output: Action, input: Action, workload: Workload, choice: EvaluationChoice = 'automatic'): Compiled {
  const { rule, labels } = labelsOf(output, input)
  const { rows, columns, count, sizes } = rule
  const evaluation = evaluationOf(output, input, labels, workload, choice)
  if (evaluation === undefined)
    throw new RangeError(
      `SharingLinear: expected an evaluation "${choice}" of ${rows} x ${columns} pairs, received none that fits: a dense weight has at most 2^24 entries, sums over orbits a table of 2^22. What fits: ${allEvaluations(
        output,
        input,
        labels,
        workload,
      )
        .map(({ name }) => `"${name}"`)
        .join(', ')}.`,
    )
  return { count, sizes, firstRow: (l) => rule.first(l)[0], evaluation }
}

function evaluationOf(output: Action, input: Action, labels: Labels, workload: Workload, choice: EvaluationChoice): Evaluation | undefined {
  if (labels.rows * labels.columns === 0) return undefined
  if (choice === 'dense') return dense(labels)
  if (choice === 'automatic') return compile(output, input, labels, workload)
  if (choice === 'structured') return compile(output, input, labels, { ...workload, inChannels: WIDE, outChannels: WIDE })
  if (choice === 'orbitSums') return byOrbits(output, input, labels)
  return allEvaluations(output, input, labels, workload).find(({ name }) => name === choice)
}

/** A table where it is small, and never one of more pairs than a dense weight has. */
function labelsOf(output: Action, input: Action): { readonly rule: SharingRule; readonly labels: Labels } {
  const rule = sharingRule(output, input, MOST_DENSE)
  const { rows, columns, count } = rule
  const table = rows * columns <= MOST_TABULATED ? sharingScheme(output, input).labels : undefined
  const label =
    table === undefined
      ? (r: number, c: number): number => rule.label(r, c)
      : (r: number, c: number): number => table[r * columns + c] as number
  return { rule, labels: { rows, columns, count, label } }
}

/** Every evaluation that fits, the cheapest first. */
export function evaluationsOf(output: Action, input: Action, workload: Workload): Evaluation[] {
  return allEvaluations(output, input, labelsOf(output, input).labels, workload)
}
