import { PARTS_PER_CHUNK } from '../operators/list-sum-reference.ts'

/** Lists this many times as long as usual are added up in parts, so that a chunk is not as wide as its longest list. */
const USUAL_LENGTHS = 4

/** The least length of a part. */
const LEAST_PART = 32

/** Lists that are added up together, as rows of one table: at least, and at most. */
const [LEAST_LISTS, MOST_LISTS] = [128, 1024]

/** So many chunks at least, where they can be: a chunk is as wide as its longest list, and few chunks hold lists of too many lengths. */
const USUAL_CHUNKS = 64

/**
 * A power of two. A million edges of 100,000 nodes with 64 channels, ms of a training step with one thread and with two: chunks of 128 lists 168 and 114,
 * of 256 152 and 134, of 512 156 and 96, of 1,024 147 and 95.
 */
const listsPerChunkOf = (count: number): number =>
  Math.min(MOST_LISTS, Math.max(LEAST_LISTS, 2 ** Math.floor(Math.log2(Math.max(1, count / USUAL_CHUNKS)))))

/** Stands for no row in a list. */
export const NOTHING = -1

/** In place of a row, the sum of a part. */
export const partEntry = (part: number): number => -2 - part

/** The part that an entry stands for. */
export const partOf = (entry: number): number => -2 - entry

/** For each target the list of what is added to it: numbers of edges, NOTHING, or parts (`partEntry`). */
export interface RowLists {
  /** Chunk by chunk, each of `listsPerChunk` lists of one length, one list after the other. */
  readonly entries: Int32Array
  readonly listsPerChunk: number
  /** [chunks + 1]: where chunks begin. */
  readonly bounds: Int32Array
  /** [targets]: which list each has. */
  readonly places: Int32Array
  /** [parts, partLength]: edges of full parts, up to a multiple of PARTS_PER_CHUNK, of which the last stand for nothing. */
  readonly parts: Int32Array
  readonly partLength: number
}

/** Places in the order of lengths, and the lengths in that order. */
function sortByLength(lengths: Int32Array): { readonly places: Int32Array; readonly sorted: Int32Array } {
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0)
  const starts = new Int32Array(longest + 2)
  for (const length of lengths) starts[length + 1] = (starts[length + 1] as number) + 1
  for (let l = 0; l <= longest; l++) starts[l + 1] = (starts[l + 1] as number) + (starts[l] as number)
  const [places, sorted] = [new Int32Array(lengths.length), new Int32Array(lengths.length)]
  for (let v = 0; v < lengths.length; v++) {
    const length = lengths[v] as number
    const place = starts[length] as number
    starts[length] = place + 1
    places[v] = place
    sorted[place] = length
  }
  return { places, sorted }
}

/** Where chunks of sorted lists begin: each as wide as its longest list, of one entry at least. */
function chunkBounds(sorted: Int32Array, lists: number): Int32Array {
  const chunks = Math.max(1, Math.ceil(sorted.length / lists))
  const bounds = new Int32Array(chunks + 1)
  for (let c = 0; c < chunks; c++) {
    const last = Math.min(sorted.length, (c + 1) * lists) - 1
    bounds[c + 1] = (bounds[c] as number) + lists * Math.max(1, sorted[last] ?? 0)
  }
  return bounds
}

/** The first entry of each target's list. */
function listStarts(places: Int32Array, bounds: Int32Array, lists: number): Int32Array {
  return places.map((place) => {
    const chunk = Math.floor(place / lists)
    const start = bounds[chunk] as number
    const width = ((bounds[chunk + 1] as number) - start) / lists
    return start + (place % lists) * width
  })
}

function countTargets(targets: Int32Array, count: number): Int32Array {
  const degrees = new Int32Array(count)
  for (const target of targets) degrees[target] = (degrees[target] as number) + 1
  return degrees
}

/** Writes each edge to the next place in its target's list. */
function placeEdges(targets: Int32Array, entries: Int32Array, next: Int32Array): void {
  for (let e = 0; e < targets.length; e++) {
    const v = targets[e] as number
    const place = next[v] as number
    entries[place] = e
    next[v] = place + 1
  }
}

/** Lists, parts, and where the next edge of each target goes in them. */
interface Places {
  readonly entries: Int32Array
  readonly next: Int32Array
  readonly parts: Int32Array
  readonly nextOfParts: Int32Array
  /** How many edges of each target are still to go into parts. */
  readonly left: Int32Array
}

/** The same, but first edges go into parts. */
function placeEdgesInParts(targets: Int32Array, { entries, next, parts, nextOfParts, left }: Places): void {
  for (let e = 0; e < targets.length; e++) {
    const v = targets[e] as number
    const inParts = left[v] as number
    const [table, at] = inParts > 0 ? ([parts, nextOfParts] as const) : ([entries, next] as const)
    const place = at[v] as number
    table[place] = e
    at[v] = place + 1
    if (inParts > 0) left[v] = inParts - 1
  }
}

/**
 * The edges of each target, in their order, as tables of lists of nearly one length: the first edges of a target with very many are taken as full parts, whose
 * sums stand in its list before the rest.
 *
 * @param targets - of each edge, in [0, count).
 * @remarks Cost: a counting sort, O(edges + count); 25 ms for a million edges of 100,000 targets, and as much again for a table of what they read.
 */
export function rowLists(targets: Int32Array, count: number): RowLists {
  const degrees = countTargets(targets, count)
  const most = degrees.reduce((a, b) => Math.max(a, b), 0)
  const usual = Math.ceil((USUAL_LENGTHS * targets.length) / Math.max(1, count))
  const partLength = Math.max(LEAST_PART, usual, Math.ceil(Math.sqrt(most)))
  const partCounts = degrees.map((degree) => (degree > partLength ? Math.floor(degree / partLength) : 0))
  const { places, sorted } = sortByLength(degrees.map((degree, v) => degree - (partCounts[v] as number) * (partLength - 1)))
  const listsPerChunk = listsPerChunkOf(count)
  const bounds = chunkBounds(sorted, listsPerChunk)
  const entries = new Int32Array(bounds.at(-1) as number).fill(NOTHING)
  const next = listStarts(places, bounds, listsPerChunk)
  const nextOfParts = new Int32Array(count)
  let part = 0
  for (let v = 0; v < count; v++) {
    nextOfParts[v] = part * partLength
    for (let k = 0; k < (partCounts[v] as number); k++) entries[(next[v] as number)++] = partEntry(part++)
  }
  const parts = new Int32Array(Math.ceil(part / PARTS_PER_CHUNK) * PARTS_PER_CHUNK * partLength)
  if (part === 0) placeEdges(targets, entries, next)
  else placeEdgesInParts(targets, { entries, next, parts, nextOfParts, left: partCounts.map((parts) => parts * partLength) })
  return { entries, listsPerChunk, bounds, places, parts, partLength }
}
