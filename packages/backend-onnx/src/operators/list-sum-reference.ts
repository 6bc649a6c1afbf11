import { elementCount, type NumberArray } from '@equivar/tensor'

/** Parts that are added up together. */
export const PARTS_PER_CHUNK = 16

/** What a sum over lists is told beside its inputs. */
export interface ListSumAttributes {
  /** The shape of a row of the source. */
  readonly row: readonly number[]
  /** The shape of a row of the weights, if there are any. */
  readonly weightRow: readonly number[] | undefined
}

const rowsOf = (x: NumberArray): number => x.shape[0] as number

/** Where in a row of weights, whose axes are broadcast to those of a row, the factor of each element of the row stands. */
export function placesOfFactors(row: readonly number[], weightRow: readonly number[]): number[] {
  return Array.from({ length: elementCount(row) }, (_, element) => {
    let [rest, place, stride] = [element, 0, 1]
    for (let axis = row.length - 1; axis >= 0; axis--) {
      const [size, own] = [row[axis] as number, weightRow[axis] as number]
      if (own > 1) place += (rest % size) * stride
      stride *= own
      rest = Math.floor(rest / size)
    }
    return place
  })
}

/** The factor of an element of a row; 1 where there is no weight. */
function factorsOf(weights: NumberArray | undefined, { row, weightRow }: ListSumAttributes): (at: number, element: number) => number {
  if (weights === undefined || weightRow === undefined) return () => 1
  const [places, width] = [placesOfFactors(row, weightRow), elementCount(weightRow)]
  return (at, element) => (at > rowsOf(weights) ? 1 : (weights.data[at * width + (places[element] as number)] as number))
}

/** What `listSum` computes, entry by entry. @param inputs - as `ListSumInputs` has them, in order. */
export function addLists(inputs: readonly NumberArray[], attributes: ListSumAttributes): NumberArray {
  const [source, entries, bounds, chunkShape, places, parts] = inputs as [
    NumberArray,
    NumberArray,
    NumberArray,
    NumberArray,
    NumberArray,
    NumberArray,
  ]
  const [weights, weightEntries, weightParts] = inputs.slice(6)
  const lists = chunkShape.data[0] as number
  const [width, rows, factor] = [elementCount(attributes.row), rowsOf(source), factorsOf(weights, attributes)]
  const partSums: number[][] = []
  const read = (at: number, element: number): number =>
    (at < rows ? source.data[at * width + element] : partSums[at - rows - 1]?.[element]) as number
  const sum = (table: NumberArray, factors: NumberArray | undefined, start: number, length: number): number[] =>
    Array.from({ length: width }, (_, element) => {
      let total = 0
      for (let i = start; i < start + length; i++) {
        const at = table.data[i] as number
        if (at !== rows) total += read(at, element) * factor(factors?.data[i] as number, element)
      }
      return total
    })
  const length = parts.shape[2] as number
  for (let p = 0; p < rowsOf(parts) * PARTS_PER_CHUNK; p++) partSums.push(sum(parts, weightParts, p * length, length))
  const results = Array.from(places.data, (place) => {
    const chunk = Math.floor(place / lists)
    const start = bounds.data[chunk] as number
    const each = ((bounds.data[chunk + 1] as number) - start) / lists
    return sum(entries, weightEntries, start + (place % lists) * each, each)
  })
  return { dtype: 'float32', shape: [rowsOf(places), ...attributes.row], data: Float64Array.from(results.flat()) }
}
