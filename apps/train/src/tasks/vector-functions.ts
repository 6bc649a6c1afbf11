import type { Random } from '@equivar/tensor'
import type { Facts, VectorFacts } from '../model.ts'

/** A function of vectors, and how its arguments are drawn. */
export interface VectorFunction {
  readonly vectors: VectorFacts
  /** Numbers of an argument and of a value. */
  readonly channels: number
  readonly outputs: number
  /** One argument. */
  draw(random: Random): number[]
  value(x: readonly number[]): readonly number[]
  /** How long the equivariant network of 96 to 128 channels takes, and how its learning rate falls. */
  readonly training: { readonly epochs: number; readonly every: number; readonly factor: number }
  /** What the network sees: arguments divided by `scale`; and what it learns: (value - offset) / scale. From the training part. */
  standardized?(train: readonly Pair[]): Pick<Facts, 'features' | 'regression'>
}

/** An argument and its value. */
export type Pair = readonly [x: readonly number[], y: readonly number[]]

const normals = (count: number, random: Random, deviation = 1): number[] => Array.from({ length: count }, () => deviation * random.normal())
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const mean = (values: readonly number[]): number => sum(values) / values.length
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => x * (b[i] as number)))
/** The k-th vector of n components. */
const part = (x: readonly number[], k: number, n: number): number[] => x.slice(k * n, (k + 1) * n)

/** The offset and the scale of the values: their mean and deviation. */
function ofValues(train: readonly Pair[]): { readonly offset: number; readonly scale: number } {
  const values = train.map(([, [y]]) => y as number)
  const offset = mean(values)
  return { offset, scale: Math.sqrt(mean(values.map((y) => (y - offset) ** 2))) || 1 }
}

/** One scale for each vector of n components, so that the group still acts on what is divided by it. */
function ofVectors(train: readonly Pair[], n: number): NonNullable<Facts['features']> {
  const channels = (train[0] as Pair)[0].length
  const scale = Array.from(
    { length: channels / n },
    (_, k) => Math.sqrt(mean(train.flatMap(([x]) => part(x, k, n).map((value) => value ** 2)))) || 1,
  )
  return { offset: Array<number>(channels).fill(0), scale: scale.flatMap((each) => Array<number>(n).fill(each)) }
}

const MASSES = 5

/** Masses m_i = log(1 + e^u), u and the positions r_i normal, and sum of m_i (|r_i|^2 1 - r_i r_i^T). */
export const inertia: VectorFunction = {
  vectors: { group: 'O(3)', input: `${MASSES}V^0 + ${MASSES}V`, output: 'V^2' },
  channels: 4 * MASSES,
  outputs: 9,
  training: { epochs: 40, every: 16, factor: 0.1 },
  draw: (random) => normals(4 * MASSES, random).map((u, k) => (k < MASSES ? Math.log1p(Math.exp(u)) : u)),
  value: (x) => {
    const positions = x.slice(MASSES)
    return Array.from({ length: 9 }, (_, at) => {
      const [i, j] = [Math.floor(at / 3), at % 3]
      const term = (r: readonly number[]): number => (i === j ? dot(r, r) : 0) - (r[i] as number) * (r[j] as number)
      return sum(x.slice(0, MASSES).map((mass, k) => mass * term(part(positions, k, 3))))
    })
  },
}

/** Two normal vectors of five dimensions, and sin |a| - |b|^3 / 2 + a.b / (|a| |b|). */
export const invariant: VectorFunction = {
  vectors: { group: 'O(5)', input: '2V', output: 'V^0' },
  channels: 10,
  outputs: 1,
  training: { epochs: 100, every: 20, factor: 0.3 },
  draw: (random) => normals(10, random),
  value: (x) => {
    const [a, b] = [part(x, 0, 5), part(x, 1, 5)]
    const [p, q] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))]
    return [Math.sin(p) - q ** 3 / 2 + dot(a, b) / (p * q)]
  },
  standardized: (train) => ({ features: ofVectors(train, 5), regression: ofValues(train) }),
}

/** The inner product of space and time. */
const minkowski = ([t, ...space]: readonly number[], [s, ...other]: readonly number[]): number =>
  (t as number) * (s as number) - dot(space, other)

/**
 * The squared matrix element of an electron and a muon that scatter, in units of e^4 / (p - p')^4:
 * 4 (p^a p'^b + p^b p'^a - (p.p' - p.p) g^ab) (q_a q'_b + q_b q'_a - (q.q' - q.q) g_ab).
 *
 * @param p - the momentum of the electron, and of the muon `q`. @param after - of the electron afterwards, p', and of the muon `recoil`, q'.
 */
export function squaredMatrixElement(
  p: readonly number[],
  q: readonly number[],
  after: readonly number[],
  recoil: readonly number[],
): number {
  const electron = minkowski(p, after) - minkowski(p, p)
  const muon = minkowski(q, recoil) - minkowski(q, q)
  const crossed = 2 * (minkowski(p, q) * minkowski(after, recoil) + minkowski(p, recoil) * minkowski(after, q))
  return 4 * (crossed - 2 * electron * minkowski(q, recoil) - 2 * muon * minkowski(p, after) + 4 * electron * muon)
}

/** Momenta p, q, p', q' that are normal with deviation 1/4. */
export const scattering: VectorFunction = {
  vectors: { group: 'O(1,3)', input: '4V', output: 'V^0' },
  channels: 16,
  outputs: 1,
  training: { epochs: 30, every: 12, factor: 0.1 },
  draw: (random) => normals(16, random, 1 / 4),
  value: (x) => [squaredMatrixElement(part(x, 0, 4), part(x, 1, 4), part(x, 2, 4), part(x, 3, 4))],
  standardized: (train) => ({ features: ofVectors(train, 4), regression: ofValues(train) }),
}
