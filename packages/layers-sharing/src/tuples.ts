import {
  add,
  concat,
  type Dimension,
  eyeLike,
  matMul,
  mul,
  reduceSum,
  reshape,
  slice,
  squeeze,
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

/** The diagonal of two axes, in the place of the first; channels stay last, so that nothing is transposed. */
function diagonalAt(y: Tensor, first: number, second: number, n: number): Tensor {
  const others = Array.from({ length: y.rank }, (_, i) => i).filter((i) => i !== first && i !== second)
  return reduceSum(mul(y, unsqueeze(eyeLike(n), others)), { axis: second })
}

/** Takes diagonals of input axes in one block, sums over blocks without an output, orders the axes by `shared`. x is [batch, n, ..., n, c]. */
function reduceTuples(x: Tensor, { inputs, shared }: Pattern, n: number): Tensor {
  let y = x
  const axes = [...inputs]
  for (let at = 0; at < axes.length; at++) {
    for (let other = axes.length - 1; other > at; other--) {
      if (axes[other] !== axes[at]) continue
      y = diagonalAt(y, at + 1, other + 1, n)
      axes.splice(other, 1)
    }
  }
  // One axis at a time: a sum over two starts from a sum over one that another pattern needs as well.
  for (let at = axes.length - 1; at >= 0; at--) {
    if (shared.includes(axes[at] as number)) continue
    y = reduceSum(y, { axis: at + 1 })
    axes.splice(at, 1)
  }
  return transpose(y, [0, ...shared.map((block) => axes.indexOf(block) + 1), axes.length + 1])
}

/** Axes of size 1 for output blocks without an input. z is [batch, n, ..., n, c] over the shared blocks, the result over all output blocks. */
function spreadBlocks(z: Tensor, { outputs, shared }: Pattern): Tensor {
  const missing = [...new Set(outputs)].flatMap((block, at) => (shared.includes(block) ? [] : [at + 1]))
  return missing.length === 0 ? z : unsqueeze(z, missing)
}

/** Puts a tensor over output blocks on the diagonals of output positions that share a block. The result can be broadcast. */
function embedDiagonals(y: Tensor, outputs: readonly number[], n: number): Tensor {
  const axes = [...new Set(outputs)]
  return outputs.reduce((so, block, at) => {
    if (axes[at] === block) return so
    const first = outputs.indexOf(block)
    axes.splice(at, 0, block)
    const others = Array.from({ length: axes.length + 2 }, (_, i) => i).filter((i) => i !== first + 1 && i !== at + 1)
    return mul(unsqueeze(so, at + 1), unsqueeze(eyeLike(n), others))
  }, y)
}

/** Above this size, tensors are not put side by side for one product: copying costs more than the sum of two products. */
const MOST_CONCATENATED = 128

/** The sum of x_k weight_k. */
function sumOfProducts(side: readonly Tensor[], weight: Tensor, size: number): Tensor {
  const [count, inputs, outputs] = weight.shape as [number, number, number]
  if (count === 1) return matMul(side[0] as Tensor, reshape(weight, [inputs, outputs]))
  if (size <= MOST_CONCATENATED) return matMul(concat(side, 2), reshape(weight, [count * inputs, outputs]))
  return side.map((x, k) => matMul(x, squeeze(slice(weight, { axis: 0, start: k, end: k + 1 }), 0))).reduce((a, b) => add(a, b))
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
  const operations: (Operation & { readonly pattern: Pattern })[] = patterns
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
        reduce: (x) => flat(reduceTuples(spread(x, inputLength), pattern, n), shared.length),
        expand: (z) => flat(full(embedDiagonals(spreadBlocks(spread(z, shared.length), pattern), outputs, n)), outputLength),
        coefficients: new Map([...coefficients].filter(([, factor]) => factor !== 0)),
        pattern,
      }
    })
  return {
    name: 'tuples',
    why: `${outputLength}-tuples from ${inputLength}-tuples of ${n} points that are permuted in all ways: ${operations.length} sums over tuples that agree in given places`,
    operations,
    cost: (workload) => operationsCost(operations, workload) + power(n, outputLength) * workload.outChannels * MOVE,
    apply: (x, weight) => {
      const reduced = new Map<string, Tensor>()
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
        const z = sumOfProducts(side, rows, (group[0] as Operation).size)
        const { pattern } = group[0] as (typeof operations)[number]
        return { outputs: pattern.outputs, y: spreadBlocks(spread(z, pattern.shared.length), pattern) }
      })
      // Small ones first, and all of one diagonal together: what is large is touched as seldom as can be.
      const known = (y: Tensor): number => y.shape.slice(1, -1).reduce<number>((size, d) => size * (d as number), 1)
      const sum = (tensors: readonly Tensor[]): Tensor => tensors.toSorted((a, b) => known(a) - known(b)).reduce((a, b) => add(a, b))
      const embedded = [...grouped(parts, ({ outputs: blocks }) => blocks.join()).values()].map((group) =>
        embedDiagonals(sum(group.map(({ y }) => y)), (group[0] as (typeof parts)[number]).outputs, n),
      )
      const whole = sum(embedded)
      return flat(full(whole), outputLength)
    },
  }
}
