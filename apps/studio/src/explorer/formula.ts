import type { SharingScheme } from '@equivar/groups'
import type { Symmetry } from './symmetry.ts'

/** A formula of a layer, with `_` and braces before what stands lower, and what it says in words. */
export interface Formula {
  readonly text: string
  readonly words: string
}

/** Whether the matrix has one weight on its diagonal and one everywhere else. */
function isOwnAndOthers({ rows, columns, count, labels }: SharingScheme): boolean {
  return count === 2 && rows === columns && rows > 1 && labels.every((label, pair) => (label === 0) === (pair % (columns + 1) === 0))
}

/** Whether a weight depends only on how far the input point lies behind the output point, on a ring. */
function isCirculant({ rows, columns, labels }: SharingScheme): boolean {
  return (
    rows === columns &&
    rows > 2 &&
    labels.every((label, pair) => {
      const [row, column] = [Math.floor(pair / columns), pair % columns]
      return label === labels[(column - row + columns) % columns]
    })
  )
}

function biasOf({ biases, scheme: { rows } }: Symmetry): string {
  if (biases.count === 1) return ' + b'
  return biases.count === rows ? ' + b_i' : ' + b_{orbit of i}'
}

/** The formula of all linear layers, with bias, that commute with a symmetry. */
export function formulaOf(symmetry: Symmetry): Formula {
  const { scheme } = symmetry
  const { rows, columns, count } = scheme
  const bias = biasOf(symmetry)
  if (count === 1) {
    const text = rows === 1 ? `y = w_0 Σ_j x_j${bias}` : `y_i = w_0 Σ_j x_j${bias}`
    return { text, words: 'the sum of all inputs is all that an output may see' }
  }
  if (count === rows * columns) return { text: `y_i = Σ_j w_{ij} x_j${bias}`, words: 'nothing is shared: a plain layer' }
  if (isOwnAndOthers(scheme))
    return { text: `y_i = w_0 x_i + w_1 Σ_{j≠i} x_j${bias}`, words: 'each point, and the sum of all others: Deep Sets' }
  if (isCirculant(scheme))
    return count === columns
      ? { text: `y_i = Σ_k w_k x_{i+k}${bias}`, words: 'a convolution round a ring' }
      : { text: `y_i = Σ_k w_{orbit of k} x_{i+k}${bias}`, words: 'a convolution round a ring, with equal taps' }
  return { text: `y_i = Σ_j w_{orbit of (i,j)} x_j${bias}`, words: 'one weight for each orbit of pairs (i, j)' }
}

/** One weight in the formula of one output point: the inputs that it multiplies. */
export interface Term {
  readonly label: number
  readonly columns: readonly number[]
}

/** The first terms of a formula, and in place of the last of them that of the weight that is lit, if it would be left out. */
export function shownTerms(terms: readonly Term[], most: number, lit: number | undefined): Term[] {
  const first = terms.slice(0, most)
  const missing = terms.slice(most).find(({ label }) => label === lit)
  return missing === undefined ? first : [...first.slice(0, -1), missing]
}

/** The terms of the formula of one output point, in the order of its inputs. */
export function termsOf({ columns, labels }: SharingScheme, row: number): Term[] {
  const terms = new Map<number, number[]>()
  for (let column = 0; column < columns; column++) {
    const label = labels[row * columns + column]!
    terms.set(label, [...(terms.get(label) ?? []), column])
  }
  return [...terms].map(([label, members]) => ({ label, columns: members }))
}
