import { type ClassDataset, middlePoses, oddImages, type PosedMesh } from '@equivar/datasets'
import { loadPosedMesh } from '@equivar/datasets/node'
import { expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

/** Image i has class i % 4, and all its pixels are i. */
const images: ClassDataset = {
  length: 12,
  classes: ['a', 'b', 'c', 'd'],
  labels: Int32Array.from({ length: 12 }, (_, i) => i % 4),
  batch: (indices) => ({
    x: {
      dtype: 'float32',
      shape: [indices.length, 1, 2, 2],
      data: Float32Array.from({ length: 4 * indices.length }, (_, at) => indices[at >> 2] as number),
    },
  }),
}
const upTo = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i)

test('the target is the index of a different image of the same class', () => {
  const data = oddImages(images, { count: 60, size: 5, noise: 0, seed: 3 })
  const { x, mask, target } = data.batch(upTo(60))
  expect([x?.shape, mask?.shape]).toEqual([
    [60, 5, 1, 2, 2],
    [60, 5],
  ])
  const places = new Set<number>()
  for (let b = 0; b < 60; b++) {
    const shown = Array.from({ length: 5 }, (_, i) => x?.data[(b * 5 + i) * 4] as number)
    const odd = Number(target?.data[b])
    places.add(odd)
    const others = shown.filter((_, i) => i !== odd)
    expect(new Set(others).size).toBe(1)
    expect(shown[odd]).not.toBe(others[0])
    expect((shown[odd] as number) % 4).toBe((others[0] as number) % 4)
  }
  expect(places.size).toBe(5)
  expect(data.batch([7])).toEqual(oddImages(images, { count: 60, size: 5, noise: 0, seed: 3 }).batch([7]))
})

test('noise has the given standard deviation, and differs between copies', () => {
  const noisy = oddImages(images, { count: 200, size: 4, noise: 0.5, seed: 1 }).batch(upTo(200)).x?.data as Float32Array
  const clean = oddImages(images, { count: 200, size: 4, noise: 0, seed: 1 }).batch(upTo(200)).x?.data as Float32Array
  const errors = noisy.map((v, i) => v - (clean[i] as number))
  expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)).toBeCloseTo(0.5, 1)
  expect(errors[0]).not.toBe(errors[4])
  expect(() => oddImages(images, { count: 1, size: 2, noise: 0, seed: 1 })).toThrow('expected sets of at least 3 images, received 2')
})

/** In pose p, the second coordinates of the three vertices are p, p and -2 p, so a pose shows its time. */
const mesh: PosedMesh = {
  poses: Float32Array.from({ length: 40 * 3 * 3 }, (_, at) => {
    const [pose, vertex, k] = [Math.floor(at / 9), Math.floor(at / 3) % 3, at % 3]
    return k === 1 ? pose * (vertex === 2 ? -2 : 1) : vertex - 1 + 0.1 * k
  }),
  vertices: 3,
  faces: [0, 1, 2],
}
const settings = { mesh, clips: [{ start: 0, frames: 40 }], starts: (frame: number) => frame < 20, spacings: [1, 2], size: 5, points: 3 }

test('the target is the pose with equally many earlier and later poses', () => {
  const { x, target } = middlePoses({ ...settings, count: 40, noise: 0, seed: 5 }).batch(upTo(40))
  expect(x?.shape).toEqual([40, 5, 3, 3])
  const points = x?.data as Float32Array
  for (let b = 0; b < 40; b++) {
    // The spread of a pose grows with time.
    const times = Array.from({ length: 5 }, (_, i) => {
      const ys = [0, 1, 2].map((v) => x?.data[((b * 5 + i) * 3 + v) * 3 + 1] as number)
      return Math.max(...ys) - Math.min(...ys)
    })
    const middle = times[Number(target?.data[b])] as number
    expect(times.filter((t) => t < middle).length).toBe(2)
    expect(times.filter((t) => t > middle).length).toBe(2)
    const radii = Array.from({ length: 15 }, (_, i) => Math.hypot(...points.subarray((b * 15 + i) * 3, (b * 15 + i + 1) * 3)))
    expect(Math.max(...radii)).toBeCloseTo(1, 5)
  }
})

test('batches of whole meshes contain the edges, each once in both directions', () => {
  const square = { ...mesh, poses: mesh.poses.slice(0, 10 * 12), vertices: 4, faces: [0, 1, 2, 2, 1, 3] }
  const given = { ...settings, clips: [{ start: 0, frames: 10 }], spacings: [1], starts: () => true, mesh: square, points: 'mesh' } as const
  const batch = middlePoses({ ...given, count: 2, noise: 0, seed: 5 }).batch([1])
  expect(batch.x?.shape).toEqual([1, 5, 4, 3])
  expect(batch.edge_index?.shape).toEqual([2, 10])
  expect(Array.from(batch.edge_index?.data ?? [], Number)).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 1, 2, 0, 2, 3, 0, 1, 3, 1, 2])
  expect(middlePoses({ ...settings, count: 1, noise: 0, seed: 5 }).batch([0]).edge_index).toBeUndefined()
})

test('sets without a middle pose are refused', () => {
  const given = { ...settings, count: 1, noise: 0, seed: 1 }
  expect(() => middlePoses({ ...given, size: 4 })).toThrow('expected an odd number of poses, 3 or more, received 4')
  expect(() => middlePoses({ ...given, spacings: [6] })).toThrow('no longer than half of a clip, received 24 frames')
  expect(() => middlePoses({ ...given, points: 4 })).toThrow('expected from 1 to 3 points, received 4')
  expect(() => middlePoses({ ...given, starts: () => false })).toThrow('received none')
})

test.skipIf(isMissing('meshes/Fox-poses.f32.npy'))('the walking fox (skipped without the data folder)', async () => {
  const fox = await loadPosedMesh('Fox', { data: sharedData, download: false })
  const clips = [{ start: 32, frames: 32 }]
  const data = middlePoses({ mesh: fox, clips, starts: () => true, spacings: [1, 2], count: 4, size: 7, points: 64, noise: 0, seed: 1 })
  const { x } = data.batch([0, 1, 2, 3])
  expect(x?.shape).toEqual([4, 7, 64, 3])
  expect(Array.from(x?.data as Float32Array).every((v) => Math.abs(v) <= 1)).toBe(true)
})
