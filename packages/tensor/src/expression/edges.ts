import type { TypedArray } from './value.ts'

/** Directed edges: edge e goes from node sources[e] to node targets[e]. */
export interface EdgeEnds {
  readonly sources: ArrayLike<number>
  readonly targets: ArrayLike<number>
}

/**
 * The position of the first element that is not an index from 0 to limit - 1; -1 if there is none.
 *
 * @remarks O(n). int64 is read as pairs of 32 bits where the machine stores the low ones first, which makes no bigint for each element.
 */
export function firstOutside(data: TypedArray | ArrayLike<number>, limit: number): number {
  if (!(data instanceof BigInt64Array)) {
    for (let i = 0; i < data.length; i++) {
      const index = Number(data[i])
      if (!(index >= 0 && index < limit && Number.isInteger(index))) return i
    }
    return -1
  }
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * data.length)
  const low = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1
  for (let i = 0; i < data.length; i++) {
    const index = words[2 * i + low] as number
    if (words[2 * i + 1 - low] !== 0 || index < 0 || index >= limit) return i
  }
  return -1
}

/**
 * The one rule for edge lists: nodes are numbered from 0 to nodes - 1, and every edge has a source and a target among them. An edge that is listed several
 * times counts as often.
 *
 * @param where - the function and the graph, for the message.
 * @throws RangeError that names the first edge that breaks the rule, or says that the lists differ in length or the number of nodes is none.
 */
export function requireEdges(where: string, nodes: number, { sources, targets }: EdgeEnds): void {
  if (!Number.isSafeInteger(nodes) || nodes < 0) throw new RangeError(`${where}: expected a number of nodes, received ${nodes}.`)
  if (targets.length !== sources.length)
    throw new RangeError(`${where}: expected ${sources.length} edges.targets, received ${targets.length}.`)
  const outside = [firstOutside(sources, nodes), firstOutside(targets, nodes)].filter((e) => e !== -1)
  if (outside.length === 0) return
  const e = Math.min(...outside)
  const [source, target] = [Number(sources[e]), Number(targets[e])]
  const range = nodes === 0 ? 'no edges in a graph without nodes' : `edges between nodes from 0 to ${nodes - 1}`
  const remedy = nodes > 0 && Math.max(source, target) === nodes ? ' If nodes are numbered from 1, subtract 1.' : ''
  throw new RangeError(`${where}: expected ${range}, received edge ${e} from ${source} to ${target}.${remedy}`)
}
