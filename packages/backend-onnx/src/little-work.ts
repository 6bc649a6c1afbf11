import { type Binding, costOf, isNode, type Program } from '@equivar/tensor'
import { hasConvolutions } from './has-convolutions.ts'

/** Operations and bytes written that one thread does in a microsecond. */
const [OPERATIONS, BYTES] = [150_000, 20_000]

/**
 * Microseconds that it costs to share a node among threads: to wake them, and to read what another core has just written. Two cores with AVX-512, milliseconds
 * with one thread and with two, and microseconds a node by this estimate: GIN, a training step 22.9 and 30 (10), inference 3.3 and 4.6 (22), a training step of 512 graphs
 * 100 and 106 (39); EGNN, inference 2.5 and 3.1 (17); PPGN, one graph 1.3 and 1.9 (15); NequIP, one molecule 1.1 and 1.9 (2), 32 molecules 31 and 26 (54), a
 * training step 132 and 92 (37).
 */
const SHARING = 12.5

/** The sizes that a program and the bodies of its loops speak of. */
function symbolsOf({ symbols, nodes }: Program): string[] {
  return [...symbols, ...nodes.flatMap((node) => (isNode(node, 'Loop') ? symbolsOf(node.attributes.body) : []))]
}

/** The most microseconds that a node takes one thread, as the mean of a program's own nodes, or of the body of one of its loops. */
function microsecondsPerNode({ nodes }: Program, sizes: Binding): number {
  const own = nodes.filter((node) => !isNode(node, 'Loop') && !isNode(node, 'Constant') && !node.has('generating'))
  const { operations, bytes } = costOf({ nodes: own }, sizes)
  const bodies = nodes.flatMap((node) => (isNode(node, 'Loop') ? [node.attributes.body] : []))
  return Math.max(
    (operations / OPERATIONS + bytes / BYTES) / Math.max(1, own.length),
    ...bodies.map((body) => microsecondsPerNode(body, sizes)),
  )
}

/**
 * Whether a program that was optimized for the cpu is done sooner by one thread than by several, for given sizes: its nodes are so small that sharing them
 * costs more than it saves. Nothing of the machine but the number of threads decides, so that equal runs are equal to the bit.
 *
 * @returns undefined if it is at no sizes.
 */
export function isLittleWork(program: Program, threads: number): ((sizes: Binding) => boolean) | undefined {
  // Convolutions are worth threads at any size that was measured, and in blocks their operations are not counted.
  if (threads === 1 || hasConvolutions(program)) return undefined
  const worthSharing = (SHARING * threads) / (threads - 1)
  const symbols = symbolsOf(program)
  const known = new Map<string, boolean>()
  return (sizes) => {
    const key = [...sizes].join(';')
    // Sizes that only a run tells, as that of a piece, may not be known yet.
    const found = known.get(key) ?? (symbols.every((name) => sizes.has(name)) && microsecondsPerNode(program, sizes) < worthSharing)
    known.set(key, found)
    return found
  }
}
