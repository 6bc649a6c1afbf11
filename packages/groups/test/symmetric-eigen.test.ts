import { expect, test } from 'vitest'
import { seededRandom, symmetricEigen } from '../src/index.ts'
import { diagonalize } from '../src/representation/symmetric-eigen.ts'

const uniform = seededRandom(12)
const random = { normal: (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const largest = (values: Iterable<number>): number => [...values].reduce((top, v) => Math.max(top, Math.abs(v)), 0)

test('eigenvalues and eigenvectors of random symmetric matrices: residual and orthogonality to 1e-12', () => {
  for (const n of [0, 1, 2, 7, 40]) {
    const m = new Float64Array(n * n)
    for (const i of numbers(n)) for (const j of numbers(i + 1)) m[i * n + j] = m[j * n + i] = random.normal()
    const { values, vectors } = symmetricEigen(m, n)
    const v = (i: number, j: number): number => vectors[i * n + j] as number
    let worst = 0
    for (const i of numbers(n))
      for (const j of numbers(n)) {
        const product = numbers(n).reduce((s, k) => s + (m[i * n + k] as number) * v(k, j), 0)
        const gram = numbers(n).reduce((s, k) => s + v(k, i) * v(k, j), 0)
        worst = Math.max(worst, Math.abs(product - (values[j] as number) * v(i, j)), Math.abs(gram - Number(i === j)))
      }
    expect(worst).toBeLessThan(1e-12)
    expect([...values]).toEqual([...values].sort((a, b) => a - b))
  }
})

test('sweeps end when the whole matrix is diagonal: at once for a diagonal matrix, else after about 6 to 10', () => {
  const sweeps = (m: Float64Array, n: number): number => diagonalize(m.slice(), new Float64Array(n * n), n)
  expect(sweeps(new Float64Array(0), 0)).toBe(0)
  expect(sweeps(Float64Array.of(3, 0, 0, 0, -2, 0, 0, 0, 5), 3)).toBe(0)
  for (const n of [7, 40]) {
    const m = new Float64Array(n * n)
    for (const i of numbers(n)) for (const j of numbers(i + 1)) m[i * n + j] = m[j * n + i] = random.normal()
    expect(sweeps(m, n)).toBeGreaterThan(2)
    expect(sweeps(m, n)).toBeLessThan(12)
  }
  const n = 4
  for (const i of numbers(n))
    for (const j of numbers(i)) {
      const m = new Float64Array(n * n)
      m[i * n + j] = m[j * n + i] = 1
      expect(sweeps(m, n)).toBe(1)
      expect(largest(symmetricEigen(m, n).values.map((v, k) => v - ([-1, 0, 0, 1][k] as number)))).toBeLessThan(1e-15)
    }
})

test.each([1e-12, 1e-6, 1e6, 1e12])('the eigenvalues of %d times a matrix are %d times its eigenvalues, with equal vectors', (c) => {
  const n = 9
  const m = new Float64Array(n * n)
  for (const i of numbers(n)) for (const j of numbers(i + 1)) m[i * n + j] = m[j * n + i] = random.normal()
  const [plain, scaled] = [m, m.map((v) => c * v)].map((matrix) => symmetricEigen(matrix, n))
  expect(largest(scaled!.values.map((v, k) => v / c - plain!.values[k]!))).toBeLessThan(1e-13)
  expect(largest(scaled!.vectors.map((v, k) => Math.abs(v) - Math.abs(plain!.vectors[k]!)))).toBeLessThan(1e-11)
})
