import {
  type ComplexArray,
  circleHarmonics,
  circleTransform,
  clebschGordan,
  cosineSineTable,
  driscollHealyGrid,
  eulerAngles,
  inverseCircleTransform,
  inverseRotationTransform,
  inverseSphereTransform,
  planeRotation,
  randomRotation,
  realClebschGordan,
  realSphericalHarmonic,
  realWignerD,
  rotationHarmonics,
  rotationIndex,
  rotationMatrix,
  rotationPolarTable,
  rotationSpectrumSize,
  rotationTransform,
  seededRandom,
  sphereHarmonics,
  sphereIndex,
  spherePolarTable,
  sphereTransform,
  sphericalHarmonic,
  wignerD,
  wignerSmallD,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { goldenCases, goldenCasesExist } from './shared.ts'

type Angles = [number, number, number]

const random = seededRandom(2024)
const randomAngles = (): Angles => [2 * Math.PI * random(), Math.acos(1 - 2 * random()), 2 * Math.PI * random()]
const randomArray = (length: number): ComplexArray => ({
  re: Float64Array.from({ length }, () => random() - 0.5),
  im: Float64Array.from({ length }, () => random() - 0.5),
})

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k]! - b[k]!))
  return most
}

const complexDistance = (a: ComplexArray, b: ComplexArray): number => Math.max(distance(a.re, b.re), distance(a.im, b.im))

function product(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const size = Math.round(Math.sqrt(a.length))
  const result = new Float64Array(a.length)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) for (let j = 0; j < size; j++) result[i * size + j]! += a[i * size + k]! * b[k * size + j]!
  }
  return result
}

const transposed = (a: Float64Array): Float64Array => {
  const size = Math.round(Math.sqrt(a.length))
  return a.map((_, k) => a[(k % size) * size + Math.floor(k / size)]!)
}

const identity = (size: number): Float64Array => Float64Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0))

function complexProduct(a: ComplexArray, b: ComplexArray): ComplexArray {
  const [rr, ii, ri, ir] = [product(a.re, b.re), product(a.im, b.im), product(a.re, b.im), product(a.im, b.re)]
  return { re: rr.map((value, k) => value - ii[k]!), im: ri.map((value, k) => value + ir[k]!) }
}

const compose = (q: Angles, r: Angles): Angles => eulerAngles(product(rotationMatrix(...q), rotationMatrix(...r)))

/** The unit vector with polar angle theta and azimuth phi. Inverse of anglesOf. */
const direction = (theta: number, phi: number): number[] => [
  Math.sin(theta) * Math.cos(phi),
  Math.sin(theta) * Math.sin(phi),
  Math.cos(theta),
]
const anglesOf = ([x, y, z]: number[]): [number, number] => [Math.atan2(Math.hypot(x!, y!), z!), Math.atan2(y!, x!)]
const turn = (matrix: ArrayLike<number>, v: number[]): number[] =>
  [0, 1, 2].map((i) => [0, 1, 2].reduce((sum, j) => sum + matrix[3 * i + j]! * v[j]!, 0))

interface Harmonic {
  readonly kind: 'wignerSmallD' | 'sphericalHarmonic' | 'clebschGordan'
  readonly [name: string]: number | string
}

describe.skipIf(!goldenCasesExist)('values at high precision (skipped without the golden cases)', () => {
  const cases = goldenCases<Harmonic>('harmonics.jsonl').map((one): [string, Harmonic] => [JSON.stringify(one), one])
  const at = (one: Harmonic, name: string): number => Number(one[name])

  test('there are cases', () => expect(cases.length).toBeGreaterThan(80))

  test.each(cases)('%s', (_, one) => {
    const get = (name: string): number => at(one, name)
    if (one.kind === 'wignerSmallD') {
      const value = wignerSmallD(get('l'), get('m'), get('n'), get('beta'))
      expect(Math.abs(value - get('value'))).toBeLessThan(1e-12)
      expect(Math.abs(value / get('value') - 1)).toBeLessThan(1e-10)
    } else if (one.kind === 'sphericalHarmonic') {
      const { re, im } = sphericalHarmonic(get('l'), get('m'), get('theta'), get('phi'))
      expect(Math.abs(re - get('re'))).toBeLessThan(1e-12)
      expect(Math.abs(im - get('im'))).toBeLessThan(1e-12)
    } else {
      const value = clebschGordan(get('j1'), get('m1'), get('j2'), get('m2'), get('j'), get('m'))
      expect(Math.abs(value - get('value'))).toBeLessThan(1e-14)
    }
  })
})

describe('Wigner matrices', () => {
  test.each([0, 1, 2, 7, 30])('small d of degree %i is orthogonal, and d(a) d(b) = d(a + b)', (l) => {
    const [a, b] = [0.7 + random(), 0.3 + random()]
    const d = wignerSmallD(l, a)
    expect(distance(product(d, transposed(d)), identity(2 * l + 1))).toBeLessThan(1e-12)
    expect(distance(product(d, wignerSmallD(l, b)), wignerSmallD(l, a + b))).toBeLessThan(1e-12)
  })

  test.each([0, 1, 3, 12])('D of degree %i is unitary and a homomorphism', (l) => {
    const [q, r] = [randomAngles(), randomAngles()]
    const a = wignerD(l, ...q)
    expect(complexDistance(complexProduct(a, wignerD(l, ...r)), wignerD(l, ...compose(q, r)))).toBeLessThan(1e-12)
    const adjoint = { re: transposed(a.re), im: transposed(a.im).map((value) => -value) }
    const one = identity(2 * l + 1)
    expect(complexDistance(complexProduct(a, adjoint), { re: one, im: new Float64Array(one.length) })).toBeLessThan(1e-12)
  })

  test('single entries equal the entries of the matrices', () => {
    const [alpha, beta, gamma] = randomAngles()
    const small = wignerSmallD(5, beta)
    const whole = wignerD(5, alpha, beta, gamma)
    for (let m = -5; m <= 5; m++) {
      for (let n = -5; n <= 5; n++) {
        const k = (m + 5) * 11 + n + 5
        expect(wignerSmallD(5, m, n, beta)).toBeCloseTo(small[k]!, 14)
        const { re, im } = wignerD(5, m, n, alpha, beta, gamma)
        expect(re).toBeCloseTo(whole.re[k]!, 14)
        expect(im).toBeCloseTo(whole.im[k]!, 14)
      }
    }
  })

  test('degree 1 agrees with textbooks; the angles 0 and pi', () => {
    const beta = 1.1
    const [c, s] = [Math.cos(beta), Math.sin(beta) / Math.SQRT2]
    expect(distance(wignerSmallD(1, beta), [(1 + c) / 2, s, (1 - c) / 2, -s, c, s, (1 - c) / 2, -s, (1 + c) / 2])).toBeLessThan(1e-15)
    expect(distance(wignerSmallD(9, 0), identity(19))).toBeLessThan(1e-14)
    expect(distance(product(wignerSmallD(9, Math.PI), wignerSmallD(9, Math.PI)), identity(19))).toBeLessThan(1e-12)
  })

  test('indices out of range are refused', () => {
    expect(() => wignerSmallD(2, 3, 0, 1)).toThrow('wignerSmallD: expected orders that are integers from -2 to 2, received 3.')
    expect(() => wignerSmallD(-1, 0.5)).toThrow('expected the degree l to be an integer from 0 to 2047, received -1.')
    expect(() => wignerD(1.5, 0, 0, 1, 1, 1)).toThrow('expected the degree l to be an integer')
  })
})

describe('spherical harmonics', () => {
  test('rotate by D: Y_n(R^-1 x) = sum_m Y_m(x) D_mn(R)', () => {
    for (const l of [0, 1, 2, 5, 9]) {
      const angles = randomAngles()
      const inverse = transposed(rotationMatrix(...angles))
      const [theta, phi] = [Math.acos(1 - 2 * random()), 2 * Math.PI * random()]
      const back = anglesOf(turn(inverse, direction(theta, phi)))
      const D = wignerD(l, ...angles)
      const real = realWignerD(l, ...angles)
      for (let n = -l; n <= l; n++) {
        let [re, im, sum] = [0, 0, 0]
        for (let m = -l; m <= l; m++) {
          const k = (m + l) * (2 * l + 1) + n + l
          const y = sphericalHarmonic(l, m, theta, phi)
          re += y.re * D.re[k]! - y.im * D.im[k]!
          im += y.re * D.im[k]! + y.im * D.re[k]!
          sum += realSphericalHarmonic(l, m, theta, phi) * real[k]!
        }
        expect(sphericalHarmonic(l, n, ...back).re).toBeCloseTo(re, 13)
        expect(sphericalHarmonic(l, n, ...back).im).toBeCloseTo(im, 13)
        expect(realSphericalHarmonic(l, n, ...back)).toBeCloseTo(sum, 13)
      }
    }
  })

  test.each([0, 1, 2, 8])('the real representation of degree %i is orthogonal and a homomorphism', (l) => {
    const [q, r] = [randomAngles(), randomAngles()]
    const a = realWignerD(l, ...q)
    expect(distance(product(a, transposed(a)), identity(2 * l + 1))).toBeLessThan(1e-12)
    expect(distance(product(a, realWignerD(l, ...r)), realWignerD(l, ...compose(q, r)))).toBeLessThan(1e-12)
  })

  test('of degree 1 are y, z, x, and their representation is the rotation matrix', () => {
    const [theta, phi] = [1.1, 2.2]
    const [x, y, z] = direction(theta, phi)
    const scale = Math.sqrt(3 / (4 * Math.PI))
    expect(
      distance(
        [-1, 0, 1].map((m) => realSphericalHarmonic(1, m, theta, phi)),
        [y! * scale, z! * scale, x! * scale],
      ),
    ).toBeLessThan(1e-15)
    const angles = randomAngles()
    const matrix = rotationMatrix(...angles)
    const axes = [1, 2, 0]
    const reordered = axes.flatMap((i) => axes.map((j) => matrix[3 * i + j]!))
    expect(distance(realWignerD(1, ...angles), reordered)).toBeLessThan(1e-15)
  })

  test('complex and real harmonics are orthonormal on the grid', () => {
    const b = 6
    const { beta, alpha, weights } = driscollHealyGrid(b)
    const list = Array.from({ length: b }, (_, l) => l).flatMap((l) =>
      Array.from({ length: 2 * l + 1 }, (_, k): [number, number] => [l, k - l]),
    )
    const values = list.map(([l, m]) => [...beta].map((theta) => [...alpha].map((phi) => realSphericalHarmonic(l, m, theta, phi))))
    values.forEach((first, i) => {
      values.forEach((second, k) => {
        let inner = 0
        first.forEach((row, j) => {
          row.forEach((value, at) => {
            inner += (Math.PI / b) * weights[j]! * value * second[j]![at]!
          })
        })
        expect(Math.abs(inner - (i === k ? 1 : 0))).toBeLessThan(1e-13)
      })
    })
  })
})

describe('rotations', () => {
  test('angles and matrices convert into each other, also at the poles', () => {
    for (const angles of [...Array.from({ length: 50 }, randomAngles), [1, 0, 0], [2, Math.PI, 0], [0, 0, 0]] as Angles[]) {
      expect(distance(eulerAngles(rotationMatrix(...angles)), angles)).toBeLessThan(1e-12)
    }
    expect(() => eulerAngles([1, 0, 0, 1])).toThrow('eulerAngles: expected the nine numbers of a rotation matrix, received 4.')
  })

  test('planeRotation gives the irreducible representations of SO(2)', () => {
    expect(distance(product(planeRotation(3, 0.4), planeRotation(3, 0.5)), planeRotation(3, 0.9))).toBeLessThan(1e-15)
    expect(planeRotation(0, 1)).toEqual(Float64Array.of(1))
  })
})

describe('Clebsch-Gordan coefficients', () => {
  const matrix = (j1: number, j2: number, j: number): number[][][] =>
    range(j1).map((m1) => range(j2).map((m2) => range(j).map((m) => clebschGordan(j1, m1, j2, m2, j, m))))
  const range = (j: number): number[] => Array.from({ length: 2 * j + 1 }, (_, k) => k - j)

  test('intertwine the product of two representations with a third, up to degree 7', () => {
    for (const [j1, j2, j] of [
      [1, 1, 0],
      [1, 1, 1],
      [2, 1, 2],
      [3, 4, 5],
      [6, 5, 7],
    ] as const) {
      const angles = randomAngles()
      const [a, b, c] = [wignerD(j1, ...angles), wignerD(j2, ...angles), wignerD(j, ...angles)]
      const coefficients = matrix(j1, j2, j)
      const [w1, w2, w] = [2 * j1 + 1, 2 * j2 + 1, 2 * j + 1]
      for (let trial = 0; trial < 60; trial++) {
        const [n1, n2, m] = [Math.floor(random() * w1), Math.floor(random() * w2), Math.floor(random() * w)]
        let [re, im] = [0, 0]
        for (let m1 = 0; m1 < w1; m1++) {
          for (let m2 = 0; m2 < w2; m2++) {
            const [x, y] = [m1 * w1 + n1, m2 * w2 + n2]
            re += coefficients[m1]![m2]![m]! * (a.re[x]! * b.re[y]! - a.im[x]! * b.im[y]!)
            im += coefficients[m1]![m2]![m]! * (a.re[x]! * b.im[y]! + a.im[x]! * b.re[y]!)
          }
        }
        let [expectedRe, expectedIm] = [0, 0]
        for (let n = 0; n < w; n++) {
          expectedRe += c.re[m * w + n]! * coefficients[n1]![n2]![n]!
          expectedIm += c.im[m * w + n]! * coefficients[n1]![n2]![n]!
        }
        expect(Math.abs(re - expectedRe)).toBeLessThan(1e-12)
        expect(Math.abs(im - expectedIm)).toBeLessThan(1e-12)
      }
    }
  })

  test('are orthogonal, also for half-integers and degree 30', () => {
    for (const [j1, j2] of [
      [0.5, 0.5],
      [1.5, 1],
      [3, 2],
      [30, 30],
    ] as const) {
      for (const [m, j, k] of [
        [0, j1 + j2, j1 + j2],
        [0, j1 + j2, j1 + j2 - 1],
        [1, j1 + j2 - 1, j1 + j2 - 1],
      ] as const) {
        const order = m + ((j1 + j2) % 1)
        const inner = range(j1).reduce((sum, m1) => {
          const m2 = order - m1
          return Math.abs(m2) > j2 ? sum : sum + clebschGordan(j1, m1, j2, m2, j, order) * clebschGordan(j1, m1, j2, m2, k, order)
        }, 0)
        expect(Math.abs(inner - (j === k && Math.abs(order) <= j ? 1 : 0))).toBeLessThan(1e-14)
      }
    }
  })

  test('have known values and zeros, and refuse invalid degrees and orders', () => {
    expect(clebschGordan(0.5, 0.5, 0.5, -0.5, 0, 0)).toBeCloseTo(Math.SQRT1_2, 15)
    expect(clebschGordan(0.5, -0.5, 0.5, 0.5, 0, 0)).toBeCloseTo(-Math.SQRT1_2, 15)
    expect(clebschGordan(1, 0, 1, 0, 1, 0)).toBe(0)
    expect(clebschGordan(1, 1, 1, 1, 2, 0)).toBe(0)
    expect(clebschGordan(1, 0, 1, 0, 3, 0)).toBe(0)
    expect(() => clebschGordan(1.2, 0, 1, 0, 1, 0)).toThrow('expected non-negative integers or half-integers as degrees, received 1.2')
    expect(() => clebschGordan(1, 0.5, 1, 0, 1, 0)).toThrow('expected an order that differs from 1 by an integer, received 0.5')
  })
})

describe('the Driscoll-Healy grid', () => {
  test.each([1, 2, 6, 30])('b = %i: weights sum to 2 and integrate Legendre polynomials below 2b', (b) => {
    const { beta, weights } = driscollHealyGrid(b)
    expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 2)).toBeLessThan(1e-13)
    for (let l = 1; l < 2 * b; l++) {
      const integral = beta.reduce((sum, angle, j) => sum + weights[j]! * wignerSmallD(l, 0, 0, angle), 0)
      expect(Math.abs(integral)).toBeLessThan(1e-13)
    }
  })

  test('an invalid bandwidth is refused', () => {
    expect(() => driscollHealyGrid(0)).toThrow('driscollHealyGrid: expected the bandwidth to be an integer from 1 to 4096, received 0.')
  })
})

describe('transforms on the circle', () => {
  test.each([1, 2, 3, 7, 12, 20, 60, 64, 97])('of %i samples agree with the definition, and the inverse recovers the samples', (n) => {
    const values = randomArray(n)
    const coefficients = circleTransform(values)
    const expected = randomArray(n)
    for (let m = 0; m < n; m++) {
      let [re, im] = [0, 0]
      for (let k = 0; k < n; k++) {
        const angle = (-2 * Math.PI * ((m * k) % n)) / n
        re += (values.re[k]! * Math.cos(angle) - values.im[k]! * Math.sin(angle)) / n
        im += (values.re[k]! * Math.sin(angle) + values.im[k]! * Math.cos(angle)) / n
      }
      expected.re[m] = re
      expected.im[m] = im
    }
    expect(complexDistance(coefficients, expected)).toBeLessThan(1e-15)
    expect(complexDistance(inverseCircleTransform(coefficients), values)).toBeLessThan(1e-14)
  })
})

describe('transforms on the sphere', () => {
  test.each([1, 2, 3, 10, 30])('b = %i: the transform recovers the coefficients', (b) => {
    const coefficients = randomArray(b * b)
    expect(complexDistance(sphereTransform(inverseSphereTransform(coefficients, b), b), coefficients)).toBeLessThan(1e-12)
  })

  test('b = 4, real samples: agrees with the definition', () => {
    const b = 4
    const { beta, alpha, weights } = driscollHealyGrid(b)
    const values = Float64Array.from({ length: 64 }, () => random())
    const coefficients = sphereTransform(values, b)
    for (let l = 0; l < b; l++) {
      for (let m = -l; m <= l; m++) {
        let [re, im] = [0, 0]
        values.forEach((value, p) => {
          const j = Math.floor(p / 8)
          const y = sphericalHarmonic(l, m, beta[j]!, alpha[p % 8]!)
          re += (Math.PI / b) * weights[j]! * value * y.re
          im -= (Math.PI / b) * weights[j]! * value * y.im
        })
        expect(coefficients.re[sphereIndex(l, m)]).toBeCloseTo(re, 13)
        expect(coefficients.im[sphereIndex(l, m)]).toBeCloseTo(im, 13)
      }
    }
  })

  test('a harmonic has one nonzero coefficient', () => {
    const { beta, alpha } = driscollHealyGrid(5)
    const values = Float64Array.from({ length: 100 }, (_, p) => realSphericalHarmonic(3, 0, beta[Math.floor(p / 10)]!, alpha[p % 10]!))
    const expected = new Float64Array(25)
    expected[sphereIndex(3, 0)] = 1
    expect(distance(sphereTransform(values, 5).re, expected)).toBeLessThan(1e-14)
  })

  test('a wrong number of samples is refused', () => {
    expect(() => sphereTransform([1, 2, 3], 2)).toThrow('sphereTransform: expected 16 numbers, [2b, 2b] for b = 2, received 3.')
  })
})

describe('transforms on SO(3)', () => {
  test.each([1, 2, 3, 6, 10])('b = %i: the transform recovers the coefficients', (b) => {
    const coefficients = randomArray(rotationSpectrumSize(b))
    expect(complexDistance(rotationTransform(inverseRotationTransform(coefficients, b), b), coefficients)).toBeLessThan(1e-12)
  })

  test('b = 3: the inverse transform agrees with the definition', () => {
    const b = 3
    const { beta, alpha } = driscollHealyGrid(b)
    const coefficients = randomArray(rotationSpectrumSize(b))
    const values = inverseRotationTransform(coefficients, b)
    for (let p = 0; p < 216; p += 5) {
      const angles: Angles = [alpha[Math.floor(p / 6) % 6]!, beta[Math.floor(p / 36)]!, alpha[p % 6]!]
      let [re, im] = [0, 0]
      for (let l = 0; l < b; l++) {
        for (let m = -l; m <= l; m++) {
          for (let n = -l; n <= l; n++) {
            const D = wignerD(l, m, n, ...angles)
            const k = rotationIndex(l, m, n)
            re += (2 * l + 1) * (coefficients.re[k]! * D.re - coefficients.im[k]! * D.im)
            im += (2 * l + 1) * (coefficients.re[k]! * D.im + coefficients.im[k]! * D.re)
          }
        }
      }
      expect(values.re[p]).toBeCloseTo(re, 12)
      expect(values.im[p]).toBeCloseTo(im, 12)
    }
  })

  test('the coefficients of f(Q^-1 R) are conj(D(Q)) times those of f', () => {
    const b = 3
    const q = randomAngles()
    const inverse = transposed(rotationMatrix(...q))
    const { beta, alpha } = driscollHealyGrid(b)
    const coefficients = randomArray(rotationSpectrumSize(b))
    const rotated = { re: new Float64Array(216), im: new Float64Array(216) }
    for (let p = 0; p < 216; p++) {
      const r = rotationMatrix(alpha[Math.floor(p / 6) % 6]!, beta[Math.floor(p / 36)]!, alpha[p % 6]!)
      const angles = eulerAngles(product(inverse, r))
      for (let l = 0; l < b; l++) {
        for (let m = -l; m <= l; m++) {
          for (let n = -l; n <= l; n++) {
            const D = wignerD(l, m, n, ...angles)
            const k = rotationIndex(l, m, n)
            rotated.re[p]! += (2 * l + 1) * (coefficients.re[k]! * D.re - coefficients.im[k]! * D.im)
            rotated.im[p]! += (2 * l + 1) * (coefficients.re[k]! * D.im + coefficients.im[k]! * D.re)
          }
        }
      }
    }
    const result = rotationTransform(rotated, b)
    for (let l = 0; l < b; l++) {
      const [start, end] = [rotationSpectrumSize(l), rotationSpectrumSize(l + 1)]
      const block = (array: ComplexArray): ComplexArray => ({ re: array.re.slice(start, end), im: array.im.slice(start, end) })
      const D = wignerD(l, ...q)
      const expected = complexProduct({ re: D.re, im: D.im.map((value) => -value) }, block(coefficients))
      expect(complexDistance(block(result), expected)).toBeLessThan(1e-13)
    }
  })

  test('there are 1330 coefficients for b = 10; too large a bandwidth is refused before memory is allocated', () => {
    expect(rotationSpectrumSize(10)).toBe(1330)
    expect(() => rotationTransform([], 1000)).toThrow('rotationTransform: expected a bandwidth of at most 128, received 1000.')
  })
})

describe('tables of real harmonics', () => {
  const [degrees, b] = [5, 6]
  const { alpha, beta, weights } = driscollHealyGrid(b)

  test('cosines and sines are the real harmonics at the grid points, and the transform of each has one nonzero coefficient', () => {
    const waves = cosineSineTable(degrees, 2 * b)
    const at = circleHarmonics([...alpha], degrees)
    for (let m = 0; m < degrees; m++)
      for (const kind of [0, 1]) {
        const row = waves.subarray((2 * m + kind) * 2 * b, (2 * m + kind + 1) * 2 * b)
        const { re, im } = circleTransform(row)
        const expected = m === 0 ? 1 - kind : 0.5
        expect(kind === 0 ? re[m] : Math.abs(im[m]!)).toBeCloseTo(expected, 14)
        if (m === 0 && kind === 1) continue
        const harmonic = at.subarray((m === 0 ? 0 : 2 * m - 1 + kind) * 2 * b).subarray(0, 2 * b)
        expect(
          distance(
            row.map((value) => value * (m === 0 ? 1 : Math.SQRT2)),
            harmonic,
          ),
        ).toBeLessThan(1e-14)
      }
  })

  test('polar tables times cosines and sines are the harmonics of the sphere and of SO(3)', () => {
    const sphere = spherePolarTable(degrees, b)
    const rotations = rotationPolarTable(degrees, b)
    const [angle, gamma] = [0.7, 1.9]
    for (let l = 0; l < degrees; l++)
      for (let j = 0; j < 2 * b; j++) {
        const matrix = realWignerD(l, angle, beta[j]!, gamma)
        const column = realWignerD(l, angle, beta[j]!, 0)
        const entry = (m: number, n: number): number => rotations[((m * degrees + n) * degrees + l) * 2 * b + j]!
        const mirrored = (m: number, n: number): number =>
          rotations[((m * degrees + n) * degrees + l) * 2 * b + 2 * b - 1 - j]! * ((l + m + n) % 2 === 0 ? 1 : -1)
        for (let m = 0; m <= l; m++) {
          const polar = sphere[(m * degrees + l) * 2 * b + j]!
          expect(polar * Math.cos(m * angle)).toBeCloseTo(column[(m + l) * (2 * l + 1) + l]!, 13)
          for (let n = 0; n <= l; n++) {
            const expected = entry(m, n) * Math.cos(m * angle + n * gamma) + mirrored(m, n) * Math.cos(m * angle - n * gamma)
            expect(matrix[(m + l) * (2 * l + 1) + n + l]).toBeCloseTo(expected, 13)
          }
        }
      }
  })

  test('harmonics at grid points are orthogonal under the quadrature, with mean square 1 / (2l + 1)', () => {
    const points = [...beta].flatMap((polar) => [...alpha].map((azimuth) => ({ beta: polar, alpha: azimuth })))
    const table = sphereHarmonics(points, degrees)
    for (let l = 0; l < degrees; l++)
      for (let k = 0; k < degrees * degrees; k++) {
        const row = sphereIndex(l, -l)
        const mean = points.reduce(
          (sum, _, p) =>
            sum + ((weights[Math.floor(p / (2 * b))]! / 2) * table[row * points.length + p]! * table[k * points.length + p]!) / (2 * b),
          0,
        )
        expect(mean).toBeCloseTo(k === row ? 1 / (2 * l + 1) : 0, 13)
      }
    const rotations = [1, 2, 3].map((k) => ({ alpha: 1.1 * k, beta: 0.4 * k, gamma: 2.2 * k }))
    const matrices = rotationHarmonics(rotations, degrees)
    const expected = rotations.map((at) => Array.from({ length: degrees }, (_, l) => realWignerD(l, at.alpha, at.beta, at.gamma)))
    const rows = expected[0]!.flatMap((matrix, l) => [...matrix.keys()].map((entry) => expected.map((one) => one[l]![entry]!)))
    expect(matrices).toEqual(Float64Array.from(rows.flat()))
  })
})

describe('Clebsch-Gordan coefficients of real harmonics', () => {
  test('intertwine the product of two degrees with a third, and have orthonormal rows', () => {
    for (const { alpha, beta, gamma } of [randomRotation(random), randomRotation(random)])
      for (const [l1, l2] of [
        [0, 0],
        [0, 2],
        [1, 1],
        [1, 2],
        [3, 2],
      ] as const)
        for (let l = Math.abs(l1 - l2); l <= l1 + l2; l++) {
          const [n1, n2, n] = [2 * l1 + 1, 2 * l2 + 1, 2 * l + 1]
          const c = realClebschGordan(l1, l2, l)
          const [a, b, d] = [l1, l2, l].map((degree) => realWignerD(degree, alpha, beta, gamma)) as [
            Float64Array,
            Float64Array,
            Float64Array,
          ]
          for (let m = 0; m < n; m++) {
            for (let k = 0; k < n; k++) {
              const inner = Array.from({ length: n1 * n2 }, (_, i) => (c[m * n1 * n2 + i] as number) * (c[k * n1 * n2 + i] as number))
              expect(inner.reduce((s, v) => s + v, 0)).toBeCloseTo(m === k ? 1 : 0, 12)
            }
            for (let i = 0; i < n1; i++)
              for (let j = 0; j < n2; j++) {
                let [left, right] = [0, 0]
                for (let p = 0; p < n1; p++)
                  for (let q = 0; q < n2; q++)
                    left += (c[m * n1 * n2 + p * n2 + q] as number) * (a[p * n1 + i] as number) * (b[q * n2 + j] as number)
                for (let k = 0; k < n; k++) right += (d[m * n + k] as number) * (c[k * n1 * n2 + i * n2 + j] as number)
                expect(left).toBeCloseTo(right, 11)
              }
          }
        }
  })

  test('of order 0 equal the complex coefficients; outside the triangle they vanish', () => {
    expect(realClebschGordan(2, 3, 3)[3 * 35 + 2 * 7 + 3]).toBe(clebschGordan(2, 0, 3, 0, 3, 0))
    expect(realClebschGordan(2, 2, 4)[4 * 25 + 2 * 5 + 2]).toBeCloseTo(clebschGordan(2, 0, 2, 0, 4, 0), 14)
    expect(realClebschGordan(1, 1, 3).every((v) => v === 0)).toBe(true)
  })

  test('of degree 1 with itself give the dot product and the cross product', () => {
    const dot = realClebschGordan(1, 1, 0)
    expect(
      distance(
        dot,
        [1, 0, 0, 0, 1, 0, 0, 0, 1].map((v) => v * (dot[0] as number)),
      ),
    ).toBeLessThan(1e-14)
    const cross = realClebschGordan(1, 1, 1)
    for (let m = 0; m < 3; m++)
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++) expect(cross[m * 9 + i * 3 + j]).toBeCloseTo(-(cross[m * 9 + j * 3 + i] as number), 14)
  })
})
