/** The arithmetic for the entries of a matrix: on numbers or on tensors. */
export interface Arithmetic<T> {
  sin(t: T): T
  cos(t: T): T
  exp(t: T): T
  neg(t: T): T
  mul(a: T, b: T): T
}

/** The parameters of a transformation. The second is ignored by systems with one parameter. */
export type Theta<T> = readonly [T, T]

/** The nine entries of a 3 x 3 matrix on (x, y, 1), row-major. */
export type Entries<T> = readonly (T | number)[]

type Interval = readonly [number, number]
type Point = readonly [number, number]

/**
 * Coordinates rho of the image plane in which a one-parameter group of transformations acts by shifts.
 *
 * Law: rho(T_theta p) = rho(p) + theta e_u. For two parameters, whose transformations commute, the second acts along e_v.
 */
export interface CoordinateSystem {
  readonly parameters: 1 | 2
  /** Whether u and v are angles on the full circle. */
  readonly periodic: readonly [boolean, boolean]
  /** The default range of u. */
  readonly uRange: Interval
  /** The default range of v. */
  readonly vRange: Interval
  /** `one` chart; two charts of opposite sign (`signs`); or two charts of which the second has u from -b to -a if the first has a to b (`mirrored`). */
  readonly charts: 'one' | 'signs' | 'mirrored'
  /** rho^-1; the sign selects the chart. */
  toImage(u: number, v: number, sign: 1 | -1): Point
  /** rho. */
  toCanonical(x: number, y: number): Point
  /** T_theta. */
  matrix<T>(theta: Theta<T>, on: Arithmetic<T>): Entries<T>
}

/** The name of a coordinate system: the transformation that becomes a shift. */
export type CoordinateSystemName =
  | 'translation'
  | 'rotation'
  | 'scale'
  | 'rotationScale'
  | 'shearX'
  | 'shearY'
  | 'scaleX'
  | 'scaleY'
  | 'hyperbolic'
  | 'perspectiveX'
  | 'perspectiveY'
  | 'pan'
  | 'tilt'

const FULL: Interval = [-1, 1]
const CIRCLE: Interval = [-Math.PI, Math.PI]
/** The default range of the logarithm of radii and distances: from a sixteenth of the half-width to the half-width. */
const RADII: Interval = [-4 * Math.LN2, 0]
const plane = { parameters: 1, periodic: [false, false], uRange: FULL, vRange: FULL, charts: 'one' } as const

/** The coordinate system with x and y exchanged. */
function swapped(system: CoordinateSystem): CoordinateSystem {
  return {
    ...system,
    toImage: (u, v, sign) => {
      const [x, y] = system.toImage(u, v, sign)
      return [y, x]
    },
    toCanonical: (x, y) => system.toCanonical(y, x),
    matrix: <T>(theta: Theta<T>, on: Arithmetic<T>) => {
      const entries = system.matrix(theta, on)
      return [4, 3, 5, 1, 0, 2, 7, 6, 8].map((i) => entries[i] as T | number)
    },
  }
}

const translation: CoordinateSystem = {
  ...plane,
  parameters: 2,
  toImage: (u, v) => [u, v],
  toCanonical: (x, y) => [x, y],
  matrix: ([s, t]) => [1, 0, s, 0, 1, t, 0, 0, 1],
}

const rotation: CoordinateSystem = {
  ...plane,
  periodic: [true, false],
  uRange: CIRCLE,
  vRange: [0, 1],
  toImage: (u, v) => [v * Math.cos(u), v * Math.sin(u)],
  toCanonical: (x, y) => [Math.atan2(y, x), Math.hypot(x, y)],
  matrix: ([t], { sin, cos, neg }) => [cos(t), neg(sin(t)), 0, sin(t), cos(t), 0, 0, 0, 1],
}

const scale: CoordinateSystem = {
  ...plane,
  periodic: [false, true],
  uRange: RADII,
  vRange: CIRCLE,
  toImage: (u, v) => [Math.exp(u) * Math.cos(v), Math.exp(u) * Math.sin(v)],
  toCanonical: (x, y) => [Math.log(Math.hypot(x, y)), Math.atan2(y, x)],
  matrix: ([t], { exp }) => [exp(t), 0, 0, 0, exp(t), 0, 0, 0, 1],
}

const rotationScale: CoordinateSystem = {
  ...scale,
  parameters: 2,
  matrix: <T>([s, t]: Theta<T>, { sin, cos, exp, neg, mul }: Arithmetic<T>) => {
    const [cosine, sine] = [mul(exp(s), cos(t)), mul(exp(s), sin(t))]
    return [cosine, neg(sine), 0, sine, cosine, 0, 0, 0, 1]
  },
}

const shearX: CoordinateSystem = {
  ...plane,
  uRange: [-2, 2],
  toImage: (u, v) => [u * v, v],
  toCanonical: (x, y) => [x / y, y],
  matrix: ([t]) => [1, t, 0, 0, 1, 0, 0, 0, 1],
}

const scaleX: CoordinateSystem = {
  ...plane,
  uRange: RADII,
  charts: 'signs',
  toImage: (u, v, sign) => [sign * Math.exp(u), v],
  toCanonical: (x, y) => [Math.log(Math.abs(x)), y],
  matrix: ([t], { exp }) => [exp(t), 0, 0, 0, 1, 0, 0, 0, 1],
}

const hyperbolic: CoordinateSystem = {
  ...plane,
  uRange: [-1.5, 1.5],
  charts: 'signs',
  toImage: (u, v, sign) => [v * Math.exp(u), sign * v * Math.exp(-u)],
  toCanonical: (x, y) => [Math.log(Math.abs(x / y)) / 2, Math.sign(x) * Math.sqrt(Math.abs(x * y))],
  matrix: ([t], { exp, neg }) => [exp(t), 0, 0, 0, exp(neg(t)), 0, 0, 0, 1],
}

const perspectiveX: CoordinateSystem = {
  ...plane,
  uRange: [1, 7],
  vRange: [-1.3, 1.3],
  charts: 'mirrored',
  toImage: (u, v) => [1 / u, Math.tan(v) / u],
  toCanonical: (x, y) => [1 / x, Math.atan(y / x)],
  matrix: ([t]) => [1, 0, 0, 0, 1, 0, t, 0, 1],
}

const pan: CoordinateSystem = {
  ...plane,
  uRange: [-Math.PI / 4, Math.PI / 4],
  vRange: [-Math.PI / 4, Math.PI / 4],
  toImage: (u, v) => [Math.tan(u), Math.tan(v) / Math.cos(u)],
  toCanonical: (x, y) => [Math.atan(x), Math.atan(y / Math.hypot(1, x))],
  matrix: ([t], { sin, cos, neg }) => [cos(t), 0, sin(t), 0, 1, 0, neg(sin(t)), 0, cos(t)],
}

const systems: Readonly<Record<CoordinateSystemName, () => CoordinateSystem>> = {
  translation: () => translation,
  rotation: () => rotation,
  scale: () => scale,
  rotationScale: () => rotationScale,
  shearX: () => shearX,
  shearY: () => swapped(shearX),
  scaleX: () => scaleX,
  scaleY: () => swapped(scaleX),
  hyperbolic: () => hyperbolic,
  perspectiveX: () => perspectiveX,
  perspectiveY: () => swapped(perspectiveX),
  pan: () => pan,
  tilt: () => swapped(pan),
}

/** The coordinate system of a name. @throws RangeError that lists the names, if there is none. */
export function coordinateSystem(name: CoordinateSystemName): CoordinateSystem {
  if (Object.hasOwn(systems, name)) return systems[name]()
  throw new RangeError(`CanonicalCoordinates: expected one of ${Object.keys(systems).join(', ')}, received "${name}".`)
}
