import type { TensorValue } from '@equivar/tensor'
import type { BatchRecipe } from './recipe.ts'
import type { BatchRequest } from './request.ts'

/** The size of a joined run. */
export interface JoinCost {
  /** Elements in all inputs of the run. */
  readonly elements: number
  /** How many of them are padding. */
  readonly padding: number
}

/** Limits of a run. */
export interface ChooseOptions {
  /** Largest number of examples in a run; default 32. A larger request gets a run of its own. */
  readonly maxRows?: number
  /** Largest number of elements in a run; no limit by default. */
  readonly maxElements?: number
  /** Largest share of a run that may be padding; default 0.25. */
  readonly maxWaste?: number
  /** Padding elements that are always allowed, because a second run would cost more; default 4096. */
  readonly freePadding?: number
}

/** A run to which requests are being added. */
interface Growth {
  rows: number
  /** Elements of its requests, without padding. */
  own: number
  /** The largest value of every padded size. */
  readonly largest: Map<string, number>
}

/** Elements in the inputs of a run, padding included. */
function fedElements(recipe: BatchRecipe, { rows, own, largest }: Growth, sample: BatchRequest): number {
  if (recipe.padded.size === 0) return own
  let total = 0
  for (const { name, shape } of recipe.inputs) {
    const given = (sample.feeds[name] as TensorValue).shape
    total += shape.reduce<number>((n, size, axis) => {
      if (typeof size === 'number') return n * size
      return n * (recipe.joined.has(size) ? Math.max(1, rows) : (largest.get(size) ?? (given[axis] as number)))
    }, 1)
  }
  return total
}

function grow(recipe: BatchRecipe, growth: Growth, request: BatchRequest): Growth {
  const largest = new Map(growth.largest)
  for (const symbol of recipe.padded) largest.set(symbol, Math.max(1, largest.get(symbol) ?? 0, request.sizes.get(symbol) as number))
  return { rows: growth.rows + request.rows, own: growth.own + request.elements, largest }
}

const nothing = (): Growth => ({ rows: 0, own: 0, largest: new Map() })

/** The size of the run that joining these requests would give. Joins nothing. */
export function joinCost(recipe: BatchRecipe, requests: readonly BatchRequest[]): JoinCost {
  const [first] = requests
  if (first === undefined) return { elements: 0, padding: 0 }
  const growth = requests.reduce((sum, request) => grow(recipe, sum, request), nothing())
  const elements = fedElements(recipe, growth, first)
  return { elements, padding: elements - growth.own }
}

/**
 * Selects the requests of the next run: the oldest one, and those with its key that are closest to it in size, within the limits.
 *
 * @param waiting - in the order of their arrival.
 * @returns ascending positions in `waiting`. Position 0 is always among them; empty if nothing waits.
 * @remarks Cost O(n log n) for n waiting requests.
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
  if (recipe.padded.size > 0) candidates.sort((a, b) => distance(a) - distance(b))
  for (const i of candidates) {
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
 * Divides requests into runs of similar sizes.
 *
 * @returns the positions in `requests` of each run; every position occurs once.
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
