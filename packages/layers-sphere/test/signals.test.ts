import { driscollHealyGrid, eulerAngles, rotationMatrix, seededRandom } from '@equivar/groups'
import { relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import {
  atomSignals,
  castMesh,
  castPoints,
  type EulerAngles,
  imageProjector,
  projectImage,
  randomRotation,
  resampleEquirectangular,
  rotateSphereSignal,
  smallestDistance,
  sphereSampler,
} from '../src/index.ts'
import { normals, rotations } from './shared.ts'

const [q] = rotations(1) as [EulerAngles]

/** Rotates points [n, 3]. */
function turned(points: ArrayLike<number>, { alpha, beta, gamma }: EulerAngles): Float64Array {
  const m = rotationMatrix(alpha, beta, gamma)
  return Float64Array.from({ length: points.length }, (_, i) => {
    const [p, row] = [3 * Math.floor(i / 3), i % 3]
    return [0, 1, 2].reduce((s, k) => s + (m[3 * row + k] as number) * (points[p + k] as number), 0)
  })
}

describe('images', () => {
  const [rows, columns] = [9, 11]
  const ones = new Float64Array(rows * columns).fill(1)
  test('the centre is at the north pole; the southern hemisphere is empty', () => {
    const b = 8
    const spot = new Float64Array(rows * columns)
    spot[4 * columns + 5] = 1
    const signal = projectImage(spot, { rows, columns, bandwidth: b })
    expect(Math.max(...signal.slice(0, 2 * b))).toBeGreaterThan(0.5)
    expect(signal.slice(2 * b * b).every((v) => v === 0)).toBe(true)
    const whole = projectImage(ones, { rows, columns, bandwidth: b })
    const { beta } = driscollHealyGrid(b)
    // The disc of radius 3/4 in the image lies within this polar angle.
    const limit = 2 * Math.atan(0.75 * (1 - 1 / rows))
    for (const [j, polar] of beta.entries())
      if (polar < limit) for (let k = 0; k < 2 * b; k++) expect(whole[j * 2 * b + k]).toBeCloseTo(1, 6)
  })

  test('rows run along x, columns along y', () => {
    const b = 16
    const ramp = Float64Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns) - 4 + 10 * ((i % columns) - 5))
    const signal = projectImage(ramp, { rows, columns, bandwidth: b })
    const { beta, alpha } = driscollHealyGrid(b)
    const [polar, azimuth] = [beta[4] as number, alpha[3] as number]
    const radius = Math.tan(polar / 2) / 0.75 / 2
    const expected = radius * Math.cos(azimuth) * rows + 10 * radius * Math.sin(azimuth) * columns
    expect(signal[4 * 2 * b + 3]).toBeCloseTo(expected, 4)
  })

  test('a rotation samples the rotated signal', () => {
    const b = 40
    const blob = Float64Array.from({ length: 784 }, (_, i) => Math.exp(-((Math.floor(i / 28) - 15) ** 2 / 30 + ((i % 28) - 12) ** 2 / 50)))
    const options = { rows: 28, columns: 28, bandwidth: b }
    const direct = projectImage(blob, { ...options, rotation: q })
    const spectral = rotateSphereSignal(projectImage(blob, options), b, q)
    // The image is not band-limited, because it is bilinear between pixels and has an edge.
    expect(relativeError(spectral, direct)).toBeLessThan(0.03)
    expect(relativeError(projectImage(blob, options), direct)).toBeGreaterThan(0.5)
  })

  test('inconsistent sizes are refused', () => {
    expect(() => projectImage(ones, { rows: 3, columns, bandwidth: 4 })).toThrow(
      'projectImage: expected 3 x 11 pixels, 33 numbers, received 99.',
    )
    expect(() => projectImage(ones, { rows, columns, bandwidth: 0 })).toThrow('projectImage: expected bandwidth')
  })
})

describe('equirectangular maps', () => {
  const [rows, columns] = [90, 180]
  const f = (x: number, y: number, z: number): number => 0.3 + x * y + 0.5 * z ** 3 + 0.2 * y
  const map = (firstAzimuth: number, southFirst: boolean): Float64Array =>
    Float64Array.from({ length: rows * columns }, (_, i) => {
      const row = Math.floor(i / columns)
      const polar = (Math.PI * ((southFirst ? rows - 1 - row : row) + 0.5)) / rows
      const azimuth = firstAzimuth + (2 * Math.PI * (i % columns)) / columns
      return f(Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar))
    })
  const b = 12
  const { alpha, beta } = driscollHealyGrid(b)
  const expected = Float64Array.from({ length: 4 * b * b }, (_, i) => {
    const [polar, azimuth] = [beta[Math.floor(i / (2 * b))] as number, alpha[i % (2 * b)] as number]
    return f(Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar))
  })

  test.each([
    [0, false],
    [1.2, false],
    [-2, true],
  ])('a smooth map is reproduced, first azimuth %f, south first %s', (firstAzimuth, southFirst) => {
    const options = { rows, columns, firstAzimuth, southFirst, bandwidth: b }
    expect(relativeError(resampleEquirectangular(map(firstAzimuth, southFirst), options), expected)).toBeLessThan(2e-3)
    const rotated = resampleEquirectangular(map(firstAzimuth, southFirst), { ...options, rotation: q })
    expect(relativeError(rotated, rotateSphereSignal(expected, b, q))).toBeLessThan(3e-3)
  })

  /** The map with a row on each pole. */
  const toPoles = (rows: number, columns: number, southFirst = false): Float64Array =>
    Float64Array.from({ length: rows * columns }, (_, i) => {
      const row = Math.floor(i / columns)
      const [polar, azimuth] = [(Math.PI * (southFirst ? rows - 1 - row : row)) / (rows - 1), (2 * Math.PI * (i % columns)) / columns]
      return f(Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar))
    })

  test.each([
    [91, 180, false, 1e-6],
    [90, 179, true, 1e-6],
    [9, 16, false, 5e-3],
  ])('a map of %i x %i from pole to pole is read as such, and half a row off otherwise', (rows, columns, southFirst, tolerance) => {
    const own = toPoles(rows, columns, southFirst)
    const options = { rows, columns, southFirst, bandwidth: b }
    expect(relativeError(resampleEquirectangular(own, { ...options, rings: 'pole to pole' }), expected)).toBeLessThan(tolerance)
    expect(relativeError(resampleEquirectangular(own, { ...options, rings: 'between poles' }), expected)).toBeGreaterThan(4e-3)
    const rotated = resampleEquirectangular(own, { ...options, rings: 'pole to pole', rotation: q })
    expect(relativeError(rotated, rotateSphereSignal(expected, b, q))).toBeLessThan(2 * tolerance)
  })

  test('the cosine of the polar angle on five rows from pole to pole', () => {
    const cosines = Float64Array.from({ length: 5 * 8 }, (_, i) => Math.cos((Math.PI * Math.floor(i / 8)) / 4))
    const signal = resampleEquirectangular(cosines, { rows: 5, columns: 8, bandwidth: 4, rings: 'pole to pole' })
    for (let ring = 0; ring < 8; ring++) expect(signal[8 * ring]).toBeCloseTo(Math.cos((Math.PI * (2 * ring + 1)) / 16), 2)
    expect(signal[8]).toBeCloseTo(0.831, 3)
  })

  test('a map with a constant first or last row is refused unless the rows are said to be between the poles', () => {
    const message = (row: number): string =>
      `resampleEquirectangular: expected rows between the poles, received one value all along row ${row}. Choose rings: 'pole to pole' for a map with a row on each pole`
    const options = { rows: 9, columns: 16, bandwidth: b }
    expect(() => resampleEquirectangular(toPoles(9, 16), options)).toThrow(message(0))
    const last = normals([9, 16], 1).data.map((v, i) => (i < 128 ? v : 3))
    expect(() => resampleEquirectangular(last, options)).toThrow(message(8))
    expect(() => resampleEquirectangular(last, { ...options, rings: 'between poles' })).not.toThrow()
    expect(resampleEquirectangular(new Float64Array(144).fill(2), options).every((v) => v === 2)).toBe(true)
    expect(() => resampleEquirectangular([1, 2], { rows: 1, columns: 2, bandwidth: b, rings: 'pole to pole' })).toThrow('at least 2 rows')
  })

  test('a map on the latitudes of the grid is copied unchanged', () => {
    const own = normals([2 * b, 2 * b], 1).data
    expect(relativeError(resampleEquirectangular(own, { rows: 2 * b, columns: 2 * b, bandwidth: b }), own)).toBeLessThan(1e-6)
  })
})

describe('shapes', () => {
  const cube = {
    vertices: [-1, -1, -1, 1, -1, -1, 1, 1, -1, -1, 1, -1, -1, -1, 1, 1, -1, 1, 1, 1, 1, -1, 1, 1],
    faces: [0, 1, 2, 0, 2, 3, 4, 6, 5, 4, 7, 6, 0, 5, 1, 0, 4, 5, 1, 5, 6, 1, 6, 2, 2, 6, 7, 2, 7, 3, 3, 7, 4, 3, 4, 0],
  }

  test('a cube: distances and angles agree with its faces', () => {
    const b = 6
    const signal = castMesh(cube, { bandwidth: b })
    const { alpha, beta } = driscollHealyGrid(b)
    for (let i = 0; i < 4 * b * b; i++) {
      const [polar, azimuth] = [beta[Math.floor(i / (2 * b))] as number, alpha[i % (2 * b)] as number]
      const p = [Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar)].map(Math.abs)
      const top = Math.max(...p)
      const half = 0.99 / Math.sqrt(3)
      expect(signal[i]).toBeCloseTo(1 - half / top, 5)
      if (p.filter((v) => v > top - 1e-9).length > 1) continue
      expect(signal[4 * b * b + i]).toBeCloseTo(top, 5)
      expect(signal[8 * b * b + i]).toBeCloseTo(Math.sqrt(1 - top * top), 5)
    }
  })

  test('castMesh is invariant under translation and scaling, and equivariant under rotation', () => {
    const b = 5
    const plain = castMesh(cube, { bandwidth: b, rotation: q })
    const other = { ...cube, vertices: turned(cube.vertices, q).map((v, i) => 3 * v + (i % 3) + 7) }
    expect(relativeError(castMesh(other, { bandwidth: b }), plain)).toBeLessThan(1e-5)
  })

  test('a near sheet hides a far one, which is hit where the near one is missed', () => {
    const b = 8
    const sheets = (size: number): number[] =>
      [-1, -1, 1, 1, -1, 1, 0, 2, 1].map((v, i) => (i % 3 === 2 ? v : size * v)).concat([-1, -1, -1, 1, -1, -1, 0, 2, -1])
    const faces = [0, 1, 2, 3, 5, 4]
    const { beta } = driscollHealyGrid(b)
    const pole = Math.cos(beta[0] as number)
    const even = castMesh({ vertices: sheets(1), faces }, { bandwidth: b })
    expect(even[0]).toBeCloseTo(1 - 0.99 / Math.sqrt(5) / pole, 5)
    // With a smaller lid, the centroid moves to 3/5 below the plane between the sheets.
    const open = castMesh({ vertices: sheets(0.5), faces }, { bandwidth: b })
    const scale = 0.99 / Math.hypot(2, 0.4)
    expect(open[0]).toBeCloseTo(1 - (1.6 * scale) / pole, 5)
    const tilted = Math.cos(beta[4] as number)
    expect(open[4 * 2 * b]).toBeCloseTo(1 + (0.4 * scale) / tilted, 5)
  })

  test('a mesh without faces gives 1, 0, 0; faces with missing vertices are refused', () => {
    const flat = castMesh({ vertices: [0, 0, 0], faces: [0, 0, 0] }, { bandwidth: 2 })
    expect([...flat.slice(0, 16)].every((v) => v === 1)).toBe(true)
    expect([...flat.slice(16)].every((v) => v === 0)).toBe(true)
    expect(() => castMesh({ vertices: [0, 0, 0], faces: [0, 0, 1] }, { bandwidth: 2 })).toThrow(
      'castMesh: expected faces of vertices 0 to 0, received 1.',
    )
  })

  test('castPoints uses the point with the nearest direction', () => {
    const points = [2, 0, 0, -2, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 4, 0, 0, -4, 0, 0, 0]
    const signal = castPoints(points, { bandwidth: 8 })
    expect(signal[0]).toBe(1)
    const equator = signal.slice(7 * 16, 8 * 16)
    expect(equator[0]).toBeCloseTo(0.5, 6)
    expect(equator[4]).toBeCloseTo(0.25, 6)
    const cloud = normals([40, 3], 5).data
    const other = turned(cloud, q).map((v, i) => 2 * v - (i % 3))
    expect(relativeError(castPoints(other, { bandwidth: 6 }), castPoints(cloud, { bandwidth: 6, rotation: q }))).toBeLessThan(1e-5)
    expect([...castPoints([], { bandwidth: 1 })]).toEqual([0, 0, 0, 0])
    expect([...castPoints([1, 2, 3], { bandwidth: 1 })]).toEqual([0, 0, 0, 0])
    expect(() => castPoints([1, 2], { bandwidth: 1 })).toThrow('castPoints: expected points [n, 3], received 2 numbers.')
  })
})

describe('atoms', () => {
  const positions = [0, 0, 0, 0, 0, 1.1, 1, 0.3, -0.5, -0.9, 0.4, -0.4]
  const charges = [6, 8, 1, 1]
  const options = { species: [1, 6, 8], bandwidth: 4, radius: 0.5 }
  const size = 64

  test('two atoms have the expected potential', () => {
    const signal = atomSignals([0, 0, 0, 0, 0, 2], [6, 8], { species: [6, 8], bandwidth: 4, radius: 1 })
    const { beta } = driscollHealyGrid(4)
    for (const [j, polar] of beta.entries()) {
      const distance = Math.sqrt(1 + 4 - 4 * Math.cos(polar))
      expect(signal[size + 8 * j]).toBeCloseTo(48 / distance, 4)
    }
    expect(signal.slice(0, size).every((v) => v === 0)).toBe(true)
    const gaussian = atomSignals([0, 0, 0, 0, 0, 2], [6, 8], { species: [8], bandwidth: 4, radius: 1, potential: 'gaussian', width: 2 })
    expect(gaussian[0]).toBeCloseTo(Math.exp(-(5 - 4 * Math.cos(beta[0] as number)) / 8), 6)
    expect(smallestDistance([0, 0, 0, 0, 0, 2])).toBe(2)
    expect(smallestDistance([0, 0, 0])).toBe(1)
  })

  test.each(['coulomb', 'gaussian'] as const)(
    '%s: equivariant under rotation and renumbering, invariant under translation',
    (potential) => {
      const plain = atomSignals(positions, charges, { ...options, potential, rotation: q })
      const other = turned(positions, q).map((v, i) => v + (i % 3) - 5)
      expect(relativeError(atomSignals(other, charges, { ...options, potential }), plain)).toBeLessThan(1e-5)
      const reversed = atomSignals(
        [...positions.slice(9), ...positions.slice(6, 9), ...positions.slice(3, 6), ...positions.slice(0, 3)],
        [...charges].reverse(),
        {
          ...options,
          potential,
          rotation: q,
        },
      )
      expect(relativeError(reversed.slice(0, 3 * size), plain.slice(9 * size))).toBeLessThan(1e-6)
    },
  )

  test('inconsistent sizes and coinciding atoms are refused', () => {
    expect(() => atomSignals(positions, [6], options)).toThrow('atomSignals: expected positions of 1 atoms, 3 numbers, received 12.')
    expect(() => atomSignals([0, 0, 0, 0, 0, 0], [1, 1], { species: [1], bandwidth: 2 })).toThrow('expected a positive radius, received 0.')
  })
})

test('random rotations are uniform: every matrix entry has mean 0 and mean square 1/3', () => {
  const random = seededRandom(1)
  const count = 20_000
  const [first, second] = [new Float64Array(9), new Float64Array(9)]
  for (let i = 0; i < count; i++) {
    const { alpha, beta, gamma } = randomRotation(random)
    for (const [k, v] of rotationMatrix(alpha, beta, gamma).entries()) {
      first[k]! += v / count
      second[k]! += (v * v) / count
    }
  }
  for (let k = 0; k < 9; k++) {
    expect(Math.abs(first[k] as number)).toBeLessThan(0.02)
    expect(second[k]).toBeCloseTo(1 / 3, 1)
  }
  expect(eulerAngles(rotationMatrix(q.alpha, q.beta, q.gamma))[1]).toBeCloseTo(q.beta, 12)
  expect(() => rotateSphereSignal([1, 2, 3], 2, q)).toThrow(
    'rotateSphereSignal: expected a multiple of 16 numbers, the samples of one signal, received 3.',
  )
})

test('sphereSampler samples f(R^-1 x), which for a polynomial agrees with a rotation of the spectrum', () => {
  const b = 6
  const sample = sphereSampler(b)
  const f = (x: number, y: number, z: number): number => 1 + x * y - 2 * z ** 3 + x
  expect(relativeError(sample(f, q), rotateSphereSignal(sample(f), b, q))).toBeLessThan(1e-6)
  expect(() => sphereSampler(0)).toThrow('sphereSampler: expected bandwidth')
})

test('imageProjector agrees with projectImage', () => {
  const size = { rows: 5, columns: 7, bandwidth: 6 }
  const project = imageProjector(size)
  for (const seed of [1, 2]) {
    const image = normals([35], seed).data
    expect(project(image, q)).toEqual(projectImage(image, { ...size, rotation: q }))
    expect(project(image)).toEqual(projectImage(image, size))
  }
})
