import {
  add,
  concat,
  type Dimension,
  diagonal,
  eyeLike,
  matMul,
  moveAxis,
  mul,
  reduceSum,
  reshape,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '@equivar/tensor'
import { combine, type Evaluation, grouped, MOVE, type Operation, operationsCost } from './evaluation.ts'

/** A partition of positions 0, 1, ...: the block of each, numbered by first occurrence. */
type Partition = readonly number[]

/** All partitions of that many positions. */
function partitions(length: number): Partition[] {
  return Array.from({ length }).reduce<Partition[]>(
    (found) => found.flatMap((p) => Array.from({ length: Math.max(-1, ...p) + 2 }, (_, block) => [...p, block])),
    [[]],
  )
}

const blockCount = (p: Partition): number => Math.max(-1, ...p) + 1

/** The blocks of `coarse` as lists of blocks of `fine`, if every block of `fine` lies in one of them. */
function merged(fine: Partition, coarse: Partition): number[][] | undefined {
  const lists: Set<number>[] = Array.from({ length: blockCount(coarse) }, () => new Set())
  const home = new Map<number, number>()
  for (const [at, block] of fine.entries()) {
    const to = coarse[at] as number
    if ((home.get(block) ?? to) !== to) return undefined
    home.set(block, to)
    lists[to]?.add(block)
  }
  return lists.map((list) => [...list])
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** Moebius function of the lattice of partitions: a block that m blocks were merged to gives (-1)^(m - 1) (m - 1)!. */
const moebius = (lists: readonly (readonly number[])[]): number =>
  lists.reduce((f, { length: m }) => f * (m % 2 === 1 ? 1 : -1) * factorial(m - 1), 1)

/** What a partition of output and input positions asks for. */
interface Pattern {
  /** For every output position its block. */
  readonly outputs: readonly number[]
  readonly inputs: readonly number[]
  /** Blocks with both, in the order of their first output position: the axes in between. */
  readonly shared: readonly number[]
}

/** Takes diagonals of input axes in one block, sums over blocks without an output, orders the axes by `shared`. x is [batch, n, ..., n, c]. */
function reduceTuples(x: Tensor, { inputs, shared }: Pattern): Tensor {
  let y = x
  const axes = [...inputs]
  for (let at = 0; at < axes.length; at++) {
    for (let other = at + 1; other < axes.length; other++) {
      if (axes[other] !== axes[at]) continue
      // The diagonal comes last: back to where its first axis was.
      y = moveAxis(moveAxis(diagonal(moveAxis(y, -1, 0), at + 2, other + 2), -1, at + 2), 0, -1)
      axes.splice(other, 1)
      other--
    }
  }
  const summed = axes.flatMap((block, at) => (shared.includes(block) ? [] : [at + 1]))
  const kept = axes.filter((block) => shared.includes(block))
  const z = summed.length === 0 ? y : reduceSum(y, { axis: summed })
  return transpose(z, [0, ...shared.map((block) => kept.indexOf(block) + 1), kept.length + 1])
}

/** Axes of size 1 where a block has no input, the diagonal where one has several outputs. z is [batch, n, ..., n, c], the result can be broadcast. */
function expandTuples(z: Tensor, { outputs, shared }: Pattern, n: number): Tensor {
  const order = [...new Set(outputs)]
  const missing = order.flatMap((block, at) => (shared.includes(block) ? [] : [at + 1]))
  let y = missing.length === 0 ? z : unsqueeze(z, missing)
  const axes = [...order]
  outputs.forEach((block, at) => {
    if (axes[at] === block) return
    const first = outputs.indexOf(block)
    axes.splice(at, 0, block)
    const identity = eyeLike(n)
    const rank = axes.length + 2
    const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== first + 1 && i !== at + 1)
    y = mul(unsqueeze(y, at + 1), unsqueeze(identity, others))
  })
  return y
}

const power = (n: number, k: number): number => n ** k

/**
 * Maps from k-tuples to l-tuples of the points of a symmetric group: one sum over the tuples that agree in given places for each partition of the
 * l + k places, in contractions and broadcasts of cost O(n^k + n^l). For pairs to pairs these are the 15 maps of graph networks.
 *
 * The labels tell exactly which places agree; the sums tell which agree at least. Moebius inversion goes from one to the other.
 *
 * @param label - the orbit of a pair (number of the output tuple, number of the input tuple).
 */
export function tuples(n: number, outputLength: number, inputLength: number, label: (row: number, column: number) => number): Evaluation {
  const all = partitions(outputLength + inputLength)
  const number = (places: readonly number[]): number => places.reduce((so, place) => so * n + place, 0)
  const exact = all
    .filter((p) => blockCount(p) <= n)
    .map((p) => ({ p, label: label(number(p.slice(0, outputLength)), number(p.slice(outputLength))) }))
  const patterns = all.map((p) => {
    const [outputs, inputs] = [p.slice(0, outputLength), p.slice(outputLength)]
    const pattern: Pattern = { outputs, inputs, shared: [...new Set(outputs)].filter((block) => inputs.includes(block)) }
    const coefficients = new Map<number, number>()
    for (const { p: fine, label: found } of exact) {
      const lists = merged(fine, p)
      if (lists !== undefined && found >= 0) coefficients.set(found, (coefficients.get(found) ?? 0) + moebius(lists))
    }
    return { pattern, coefficients }
  })
  const spread = (x: Tensor, count: number): Tensor =>
    reshape(x, [x.shape[0] as Dimension, ...Array.from({ length: count }, () => n), x.shape[2] as Dimension])
  const flat = (y: Tensor, count: number): Tensor => reshape(y, [y.shape[0] as Dimension, power(n, count), y.shape.at(-1) as Dimension])
  const full = (y: Tensor): Tensor => {
    const whole = y.shape.slice(1, -1).every((d) => d === n)
    return whole ? y : add(y, zeros([1, ...Array.from({ length: outputLength }, () => n), 1]))
  }
  const operations: Operation[] = patterns
    .filter(({ coefficients }) => [...coefficients.values()].some((factor) => factor !== 0))
    .map(({ pattern, coefficients }) => {
      const { outputs, inputs, shared } = pattern
      const name = (block: number): string => (shared.includes(block) ? `s${shared.indexOf(block)}` : 'f')
      // Blocks of one side only are told apart by their places.
      const side = (blocks: readonly number[]): string => blocks.map((block) => `${name(block)}${blocks.indexOf(block)}`).join()
      const whole = blockCount([...outputs, ...inputs]) > 0 && shared.length === inputLength
      return {
        reduceKey: `${side(inputs)}`,
        expandKey: `${side(outputs)}/${shared.length}`,
        size: power(n, shared.length),
        moved:
          (whole ? 0 : power(n, inputLength)) + (new Set(outputs).size === outputLength ? power(n, outputLength) : power(n, shared.length)),
        reduce: (x) => flat(reduceTuples(spread(x, inputLength), pattern), shared.length),
        expand: (z) => flat(full(expandTuples(spread(z, shared.length), pattern, n)), outputLength),
        coefficients: new Map([...coefficients].filter(([, factor]) => factor !== 0)),
        pattern,
      }
    })
  return {
    name: 'tuples',
    why: `${outputLength}-tuples from ${inputLength}-tuples of ${n} points that are permuted in all ways: ${operations.length} sums over tuples that agree in given places`,
    operations,
    cost: (channels) => operationsCost(operations, channels) + power(n, outputLength) * channels.outChannels * MOVE,
    apply: (x, weight) => {
      const reduced = new Map<string, Tensor>()
      const [, inputs, outputs] = weight.shape as [number, number, number]
      const parts = [...grouped(operations, ({ expandKey }) => expandKey).values()].map((group) => {
        const side = group.map((operation) => {
          const known = reduced.get(operation.reduceKey) ?? operation.reduce(x)
          reduced.set(operation.reduceKey, known)
          return known
        })
        const rows = combine(
          weight,
          group.map(({ coefficients }) => coefficients),
        )
        const z = matMul(side.length === 1 ? (side[0] as Tensor) : concat(side, 2), reshape(rows, [group.length * inputs, outputs]))
        const { pattern } = group[0] as Operation & { readonly pattern: Pattern }
        return expandTuples(spread(z, pattern.shared.length), pattern, n)
      })
      // Small ones first: they are broadcast to the whole once.
      const known = (y: Tensor): number => y.shape.slice(1, -1).reduce<number>((size, d) => size * (d as number), 1)
      const whole = parts.sort((a, b) => known(a) - known(b)).reduce((a, b) => add(a, b))
      return flat(full(whole), outputLength)
    },
  }
}
