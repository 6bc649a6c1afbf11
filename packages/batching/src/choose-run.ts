import type { BatchRecipe } from './recipe.ts'
import type { BatchRequest } from './request.ts'

/** What a join costs. */
export interface JoinCost {
  /** Numbers that are fed. */
  readonly elements: number
  /** How many of these are padding. */
  readonly padding: number
}

/** What a run may hold. */
export interface ChooseOptions {
  /** The most examples in a run; 32 if left out. A request of more is a run of its own. */
  readonly maxRows?: number
  /** The most numbers in a run; no limit if left out. */
  readonly maxElements?: number
  /** The share of a run that may be padding; 0.25 if left out. */
  readonly maxWaste?: number
  /** So many numbers of padding cost less than a second run; 4096 if left out. */
  readonly freePadding?: number
}

/** A run as it grows: its examples, its numbers, and the largest value of every padded size. */
interface Growth {
  rows: number
  own: number
  readonly largest: Map<string, number>
}

/** Numbers that a run of that many rows and those largest sizes is fed. */
function fedElements(recipe: BatchRecipe, { rows, own, largest }: Growth, sample: BatchRequest): number {
  if (recipe.padded.size === 0) return own
  let total = 0
  for (const { name, shape } of recipe.inputs) {
    const given = sample.feeds[name]?.shape ?? []
    total += shape.reduce<number>((n, size, axis) => {
      if (typeof size === 'number') return n * size
      return n * (recipe.joined.has(size) ? Math.max(1, rows) : (largest.get(size) ?? given[axis] ?? 1))
    }, 1)
  }
  return total
}

function grow(recipe: BatchRecipe, growth: Growth, request: BatchRequest): Growth {
  const largest = new Map(growth.largest)
  for (const symbol of recipe.padded) largest.set(symbol, Math.max(1, largest.get(symbol) ?? 0, request.sizes.get(symbol) ?? 0))
  return { rows: growth.rows + request.rows, own: growth.own + request.elements, largest }
}

const nothing = (): Growth => ({ rows: 0, own: 0, largest: new Map() })

/** What joining the requests would cost, without doing it: `{ elements, padding }`. */
export function joinCost(recipe: BatchRecipe, requests: readonly BatchRequest[]): JoinCost {
  const [first] = requests
  if (first === undefined) return { elements: 0, padding: 0 }
  const growth = requests.reduce((sum, request) => grow(recipe, sum, request), nothing())
  const elements = fedElements(recipe, growth, first)
  return { elements, padding: Math.max(0, elements - growth.own) }
}

/**
 * Picks the requests of the next run: the one that waits longest, and those most like it in size that share its key, as far as the limits allow.
 *
 * @param waiting - in the order they came.
 * @returns positions in `waiting`, ascending, the first always among them; none for none.
 * @remarks O(n log n) for n waiting.
 */
export function chooseRun(recipe: BatchRecipe, waiting: readonly BatchRequest[], options: ChooseOptions = {}): number[] {
  const { maxRows = 32, maxElements = Number.POSITIVE_INFINITY, maxWaste = 0.25, freePadding = 4096 } = options
  const [first] = waiting
  if (first === undefined) return []
  if (recipe.kind === 'alone') return [0]
  const chosen = [0]
  let growth = grow(recipe, nothing(), first)
  const distance = (i: number): number => Math.abs((waiting[i] as BatchRequest).extent - first.extent)
  const candidates = waiting.flatMap(({ key }, i) => (i > 0 && key === first.key ? [i] : []))
  if (recipe.padded.size > 0) candidates.sort((a, b) => distance(a) - distance(b) || a - b)
  for (const i of candidates) {
    if (growth.rows >= maxRows) break
    const request = waiting[i] as BatchRequest
    if (growth.rows + request.rows > maxRows) continue
    const next = grow(recipe, growth, request)
    const elements = fedElements(recipe, next, first)
    const padding = elements - next.own
    if (elements > maxElements || (padding > freePadding && padding > maxWaste * elements)) continue
    growth = next
    chosen.push(i)
  }
  return chosen.sort((a, b) => a - b)
}

/**
 * Divides requests into runs, so that like sizes run together.
 *
 * @returns positions in `requests`; every one occurs once.
 */
export function partitionRuns(recipe: BatchRecipe, requests: readonly BatchRequest[], options: ChooseOptions = {}): number[][] {
  const runs: number[][] = []
  let left = requests.map((_, i) => i)
  while (left.length > 0) {
    const chosen = new Set(
      chooseRun(
        recipe,
        left.map((i) => requests[i] as BatchRequest),
        options,
      ),
    )
    runs.push(left.filter((_, position) => chosen.has(position)))
    left = left.filter((_, position) => !chosen.has(position))
  }
  return runs
}
