import { isPrime } from '../integers.ts'

/** Arithmetic modulo a prime p. Because p is below 2^26, products are exact in float64. Vectors and matrices are plain arrays. */
export class PrimeField {
  readonly p: number

  constructor(p: number) {
    this.p = p
  }

  /** The remainder modulo p, from 0 to p - 1, also for negative numbers. */
  reduce(a: number): number {
    const rest = a % this.p
    return rest < 0 ? rest + this.p : rest
  }

  power(a: number, exponent: number): number {
    let result = 1
    let square = this.reduce(a)
    for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) result = (result * square) % this.p
      square = (square * square) % this.p
    }
    return result
  }

  invert(a: number): number {
    return this.power(a, this.p - 2)
  }

  /** Reduces rows to echelon form with leading ones, in place. Returns the columns of the leading ones. */
  eliminate(rows: number[][]): number[] {
    const pivots: number[] = []
    const width = rows[0]?.length ?? 0
    for (let column = 0; column < width && pivots.length < rows.length; column++) {
      const found = rows.findIndex((row, i) => i >= pivots.length && row[column] !== 0)
      if (found < 0) continue
      const pivot = rows[found]!
      rows[found] = rows[pivots.length]!
      const scale = this.invert(pivot[column]!)
      const scaled = pivot.map((entry) => (entry * scale) % this.p)
      rows[pivots.length] = scaled
      rows.forEach((row, i) => {
        const factor = row[column]!
        if (i !== pivots.length && factor !== 0) rows[i] = row.map((entry, k) => this.reduce(entry - factor * scaled[k]!))
      })
      pivots.push(column)
    }
    return pivots
  }

  /** A basis of the kernel of A: the vectors x with A x = 0. */
  kernel(matrix: readonly (readonly number[])[]): number[][] {
    const rows = matrix.map((row) => [...row])
    const pivots = this.eliminate(rows)
    const width = matrix[0]?.length ?? 0
    const free = Array.from({ length: width }, (_, i) => i).filter((column) => !pivots.includes(column))
    return free.map((column) => {
      const vector = new Array<number>(width).fill(0)
      vector[column] = 1
      pivots.forEach((pivot, i) => {
        vector[pivot] = this.reduce(-rows[i]![column]!)
      })
      return vector
    })
  }

  times(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
    return matrix.map((row) => row.reduce((sum, entry, k) => (sum + entry * vector[k]!) % this.p, 0))
  }
}

/** The least prime above a bound that is congruent to 1 modulo e. */
export function primeCongruentToOne(e: number, bound: number): number {
  let p = e * Math.ceil(bound / e) + 1
  while (!isPrime(p)) p += e
  return p
}

/** An element of multiplicative order exactly e, where e divides p - 1. */
export function rootOfUnity(field: PrimeField, e: number): number {
  const proper = Array.from({ length: e - 1 }, (_, k) => k + 1).filter((k) => e % k === 0)
  for (let a = 2; ; a++) {
    const root = field.power(a, (field.p - 1) / e)
    if (proper.every((k) => field.power(root, k) !== 1)) return root
  }
}
