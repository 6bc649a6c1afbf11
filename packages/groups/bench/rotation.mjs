// Times transforms on the sphere and on SO(3) and Wigner matrices. Run after a build: node packages/groups/bench/rotation.mjs
import {
  clebschGordan,
  inverseRotationTransform,
  inverseSphereTransform,
  rotationSpectrumSize,
  rotationTransform,
  seededRandom,
  sphereTransform,
  wignerSmallD,
} from '../dist/index.js'
import { line, measure } from './measure.mjs'

const random = seededRandom(1)
const coefficients = (length) => ({ re: Float64Array.from({ length }, random), im: Float64Array.from({ length }, random) })
const largest = (a, b) => a.re.reduce((most, value, k) => Math.max(most, Math.abs(value - b.re[k]), Math.abs(a.im[k] - b.im[k])), 0)

line('milliseconds', 'first', 'median', 'error')
for (const b of [10, 30, 64]) {
  const given = coefficients(b * b)
  const samples = inverseSphereTransform(given, b)
  const error = largest(given, sphereTransform(samples, b)).toExponential(1)
  const { first, median } = measure(() => sphereTransform(samples, b), 7)
  line(`sphere, b = ${b}`, first, median, error)
}
for (const b of [10, 30, 64]) {
  const given = coefficients(rotationSpectrumSize(b))
  const samples = inverseRotationTransform(given, b)
  const error = largest(given, rotationTransform(samples, b)).toExponential(1)
  const { first, median } = measure(() => rotationTransform(samples, b), 7)
  line(`SO(3), b = ${b}`, first, median, error)
}
for (const [name, work] of [
  ['wignerSmallD(60, beta), the matrix', () => wignerSmallD(60, 1.1)],
  ['clebschGordan of degree 10', () => clebschGordan(10, 3, 10, -2, 10, 1)],
]) {
  const { first, median } = measure(work, 50)
  line(name, first, median)
}
