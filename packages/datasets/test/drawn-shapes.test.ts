import { middlePoses, oddImages, type PosedMesh, pointClouds, surfacePoints } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { meshEdges } from '../src/point-clouds.ts'
import { close, images, list, pixels, upTo } from './small-images.ts'

/** Sixty poses of five vertices in space; the triangles have different areas. */
const mesh: PosedMesh = {
  poses: Float32Array.from({ length: 60 * 15 }, (_, at) => ((at * at * 7) % 23) / 4 + Math.floor(at / 15) / 10),
  vertices: 5,
  faces: [0, 1, 2, 2, 1, 4, 3, 0, 4],
}
const vertex = (pose: number, v: number): number[] => upTo(3).map((k) => mesh.poses[3 * (pose * 5 + v) + k]!)

/** Points moved so that their mean is 0, and divided by the largest distance from it. */
function scaled(points: readonly (readonly number[])[]): number[][] {
  const centre = upTo(3).map((k) => points.reduce((sum, p) => sum + p[k]!, 0) / points.length)
  const moved = points.map((p) => p.map((v, k) => v - centre[k]!))
  const radius = Math.max(1e-12, ...moved.map((p) => Math.hypot(...p)))
  return moved.map((p) => p.map((v) => v / radius))
}

describe('sets with an element to select, drawn a second time', () => {
  /** Shuffles elements and adds noise as the next numbers of the stream say. */
  const shuffled = (random: Random, elements: readonly (readonly number[])[], chosen: number, noise: number) => {
    const order = [...random.permutation(elements.length)]
    const x = order.flatMap((from) => elements[from]!.map((v) => v + (noise === 0 ? 0 : noise * random.normal())))
    return { x, target: order.indexOf(chosen) }
  }

  test.each([0, 0.5])('oddImages with noise %f', (noise) => {
    const data = oddImages(images, { count: 9, size: 4, noise, seed: 3 })
    const byClass = [0, 1].map((c) => upTo(7).filter((i) => images.labels[i] === c))
    const draw = (index: number) => {
      const random = new Random({ seed: 3, stream: 'oddImages', index })
      const members = byClass[random.integer(2)]!
      const usual = random.integer(members.length)
      const odd = (usual + 1 + random.integer(members.length - 1)) % members.length
      return shuffled(random, [members[odd]!, ...upTo(3).map(() => members[usual]!)].map(pixels), 0, noise)
    }
    const { x, mask, target } = data.batch([8, 0, 4])
    const drawn = [8, 0, 4].map(draw)
    expect([data.length, x?.shape, mask?.shape, mask?.dtype, target?.shape]).toEqual([9, [3, 4, 2, 2, 3], [3, 4], 'bool', [3]])
    expect(list(x)).toEqual(drawn.flatMap((set) => close(set.x)))
    expect([list(mask), list(target)]).toEqual([new Array(12).fill(1), drawn.map((set) => set.target)])
    expect(() => data.batch([9])).toThrow('oddImages: expected example indices from 0 to 8, received 9 at position 0.')
  })

  test.each([3, 'mesh'] as const)('middlePoses with %s points', (points) => {
    const clips = [
      { start: 2, frames: 20 },
      { start: 30, frames: 16 },
    ]
    const starts = (frame: number): boolean => frame % 3 !== 1
    const data = middlePoses({ mesh, clips, starts, spacings: [1, 4], count: 6, size: 3, points, noise: 0.1, seed: 4 })
    const beginnings = clips.flatMap(({ start, frames }) =>
      upTo(frames)
        .filter(starts)
        .map((frame) => ({ start, frames, frame })),
    )
    const draw = (index: number) => {
      const random = new Random({ seed: 4, stream: 'middlePoses', index })
      const { start, frames, frame } = beginnings[random.integer(beginnings.length)]!
      const spacing = [1, 4][random.integer(2)]!
      const vertices = points === 'mesh' ? upTo(5) : [...random.permutation(5)].slice(0, points)
      const angle = 2 * Math.PI * random.uniform()
      const turned = upTo(3).flatMap((i) =>
        vertices.map((v) => {
          const [x, y, z] = vertex(start + ((frame + i * spacing) % frames), v) as [number, number, number]
          return [Math.cos(angle) * x + Math.sin(angle) * z, y, -Math.sin(angle) * x + Math.cos(angle) * z]
        }),
      )
      const all = scaled(turned)
      return shuffled(
        random,
        upTo(3).map((i) => all.slice(i * vertices.length, (i + 1) * vertices.length).flat()),
        1,
        0.1,
      )
    }
    const batch = data.batch([5, 0, 2, 3])
    const drawn = [5, 0, 2, 3].map(draw)
    expect(batch.x?.shape).toEqual([4, 3, points === 'mesh' ? 5 : points, 3])
    expect(list(batch.x)).toEqual(drawn.flatMap((set) => close(set.x)))
    expect(list(batch.target)).toEqual(drawn.map((set) => set.target))
    expect(batch.edge_index).toEqual(points === 'mesh' ? meshEdges(mesh) : undefined)
    expect(() => data.batch([6])).toThrow('middlePoses: expected example indices from 0 to 5, received 6 at position 0.')
  })

  test('the limits of both', () => {
    const given = {
      mesh,
      clips: [{ start: 0, frames: 8 }],
      starts: () => true,
      spacings: [2],
      count: 1,
      size: 3,
      points: 5,
      noise: 0,
      seed: 1,
    }
    expect(middlePoses(given).batch([0]).x?.shape).toEqual([1, 3, 5, 3])
    expect(middlePoses({ ...given, points: 1 }).batch([0]).x?.shape).toEqual([1, 3, 1, 3])
    for (const [change, message] of [
      [{ size: 4 }, 'expected an odd number of poses, 3 or more, received 4.'],
      [{ size: 1 }, 'expected an odd number of poses, 3 or more, received 1.'],
      [{ size: 3.5 }, 'expected an odd number of poses, 3 or more, received 3.5.'],
      [{ clips: [...given.clips, { start: 0, frames: 7 }] }, 'expected sets that last no longer than half of a clip, received 4 frames.'],
      [{ spacings: [1, 3] }, 'expected sets that last no longer than half of a clip, received 6 frames.'],
      [{ points: 6 }, 'expected from 1 to 5 points, received 6.'],
      [{ points: 0 }, 'expected from 1 to 5 points, received 0.'],
      [{ starts: () => false }, 'expected at least one frame at which a set may start, received none.'],
    ] as const)
      expect(() => middlePoses({ ...given, ...change })).toThrow(new RangeError(`middlePoses: ${message}`))
    expect(oddImages(images, { count: 1, size: 3, noise: 0, seed: 1 }).length).toBe(1)
    for (const size of [2, 3.5])
      expect(() => oddImages(images, { count: 1, size, noise: 0, seed: 1 })).toThrow(
        new RangeError(`oddImages: expected sets of at least 3 images, received ${size}.`),
      )
    expect(() => oddImages({ ...images, labels: Int32Array.of(0, 0, 1) }, { count: 1, size: 3, noise: 0, seed: 1 })).toThrow(
      new RangeError('oddImages: expected at least two images of class b, received 1.'),
    )
  })
})

describe('meshes', () => {
  test('points are drawn by area, in the order of the faces', () => {
    const corners = upTo(3).map((f) => upTo(3).map((k) => vertex(7, mesh.faces[3 * f + k]!)))
    const areas = corners.map(([a, b, c]) => {
      const [u, v] = [upTo(3).map((k) => b![k]! - a![k]!), upTo(3).map((k) => c![k]! - a![k]!)]
      const [uu, vv, uv] = [u, v, u].map((w, i) => upTo(3).reduce((sum, k) => sum + w[k]! * (i === 2 ? v : w)[k]!, 0)) as [
        number,
        number,
        number,
      ]
      return Math.sqrt(uu * vv - uv * uv)
    })
    const random = new Random({ seed: 9 })
    const expected = upTo(40).flatMap(() => {
      let at = random.uniform() * areas.reduce((sum, area) => sum + area, 0)
      let face = 0
      while (face < 2 && at > areas[face]!) at -= areas[face++]!
      const [root, t] = [Math.sqrt(random.uniform()), random.uniform()]
      return upTo(3).map(
        (k) => corners[face]![0]![k]! * (1 - root) + corners[face]![1]![k]! * root * (1 - t) + corners[face]![2]![k]! * root * t,
      )
    })
    expect([...surfacePoints(mesh, 7, 40, new Random({ seed: 9 }))]).toEqual(close(expected))
  })

  test('points at one place are a cloud at the centre', () => {
    const flat = { poses: new Float32Array(9).fill(2), vertices: 3, faces: [0, 1, 2] }
    const data = pointClouds({ mesh: flat, examples: [{ pose: 0, label: 0 }], classes: ['a'], points: 4, seed: 1 })
    expect(list(data.batch([0]).x)).toEqual(new Array(12).fill(0))
    expect(data.batch([0]).mask).toEqual({ dtype: 'bool', shape: [1, 4], data: new Uint8Array(4).fill(1) })
    expect(() => data.batch([1])).toThrow('pointClouds: expected example indices from 0 to 0, received 1 at position 0.')
  })

  test('edges are those of the triangles, in both directions, in order', () => {
    const pairs = new Set<string>()
    for (const f of upTo(3))
      for (const k of upTo(3)) {
        const [a, b] = [mesh.faces[3 * f + k]!, mesh.faces[3 * f + ((k + 1) % 3)]!]
        pairs.add(`${a} ${b}`).add(`${b} ${a}`)
      }
    const sorted = [...pairs].sort().map((pair) => pair.split(' ').map(Number))
    expect(meshEdges(mesh)).toMatchObject({ dtype: 'int64', shape: [2, sorted.length] })
    expect(list(meshEdges(mesh))).toEqual([0, 1].flatMap((k) => sorted.map((pair) => pair[k])))
  })
})
