import { type Action, orbitLabels } from '@equivar/groups'
import { gather } from '@equivar/tensor'
import { blocks, MOST_TABULATED } from './blocks.ts'
import { circulant } from './circulant.ts'
import { dense, type Labels } from './dense.ts'
import { cheapest, type Evaluation, indices, MOVE, type Workload, withMoreExamples } from './evaluation.ts'
import { orbitSums, sortedBy } from './orbit-sums.ts'
import { factorsOf, ofFactors } from './product.ts'

/** An order of the points in which labels depend only on the difference of positions: the given order, or that of a generator that is one cycle. */
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

/** All evaluations that fit a table of labels. */
function allOfTable(labels: Labels, workload: Workload, cycles: readonly (readonly number[])[] = []): (Evaluation | undefined)[] {
  const order = circularOrder(labels, cycles)
  const convolution =
    order === undefined ? undefined : inOrder(circulant(order.map((point) => labels.label(order[0] as number, point))), order)
  const factors = factorsOf(labels)
  const candidates = (factor: Labels, examples: number): (Evaluation | undefined)[] => [
    ofTable(factor, withMoreExamples(workload, examples)),
    orbitSums(factor),
  ]
  const split =
    factors === undefined
      ? undefined
      : ofFactors(factors, candidates(factors.a, factors.b.columns), candidates(factors.b, factors.a.columns), workload)
  return [orbitSums(labels), convolution, split, dense(labels)]
}

/** The cheapest evaluation that fits a table of labels. */
function ofTable(labels: Labels, workload: Workload, cycles: readonly (readonly number[])[] = []): Evaluation | undefined {
  return cheapest(allOfTable(labels, workload, cycles), workload)
}

/** The orbits of the points of an action. */
export function orbitsOf(action: Action): number[][] {
  const { labels, count } = orbitLabels(action)
  const found: number[][] = Array.from({ length: count }, () => [])
  labels.forEach((label, point) => {
    found[label]?.push(point)
  })
  return found
}

/** The points in the order of each generator that is a single cycle. */
function cyclesOf({ generators, degree }: Action): number[][] {
  return generators.flatMap((generator) => {
    const order = [0]
    for (let point = generator.apply(0); point !== 0 && order.length < degree; point = generator.apply(point)) order.push(point)
    return order.length === degree ? [order] : []
  })
}

/** The cheapest evaluation of actions without known structure, from the table of labels. */
export function tabulated(output: Action, input: Action, labels: Labels, workload: Workload): Evaluation | undefined {
  return cheapest(allTabulated(output, input, labels, workload), workload)
}

/** All evaluations from the table of labels. With several orbits, each pair of orbits is evaluated separately. */
export function allTabulated(output: Action, input: Action, labels: Labels, workload: Workload): (Evaluation | undefined)[] {
  const [rows, columns] = [orbitsOf(output), orbitsOf(input)]
  if (rows.length === 1 && columns.length === 1) return allOfTable(labels, workload, sameAction(output, input) ? cyclesOf(output) : [])
  return [blocks(rows, columns, (piece) => ofTable(piece, workload), labels), dense(labels)]
}

/** Whether two actions are equal: the same degree and the same generators. */
export const sameAction = (output: Action, input: Action): boolean =>
  output === input || (output.degree === input.degree && output.generators.every((g, k) => g.equals(input.generators[k] as typeof g)))

/** Whether a table of labels is small enough to be searched for structure. */
export const isSmall = ({ rows, columns }: Labels): boolean => rows * columns <= MOST_TABULATED

/** Orbit sums for each pair of orbits of points; undefined if the table is too large or a pair has no such form. */
export const byOrbits = (output: Action, input: Action, labels: Labels): Evaluation | undefined =>
  isSmall(labels) ? blocks(orbitsOf(output), orbitsOf(input), (piece) => orbitSums(piece), labels) : undefined
