import { Permutation, seededRandom } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { addressOf, parseAddress } from '../src/address.ts'
import { type Difference, differenceOf, formatDifference, meaningOf } from '../src/square/difference.ts'
import { edgesOf, graph, toggleEdge } from '../src/square/graph/graph.ts'
import { image, SIZE, touched } from '../src/square/image/image.ts'
import type { Kind } from '../src/square/kind.ts'
import type { Compiled } from '../src/square/network.ts'
import { opened } from '../src/square/opening.ts'
import { anotherOrder, moveRows, swapped } from '../src/square/order.ts'
import { points } from '../src/square/points/points.ts'
import { signals } from '../src/square/signals/signals.ts'
import { discImage, PIXELS } from '../src/square/sphere/disc.ts'
import { directionAt, fromDegrees, partOfTheWay, seen, turnedBy } from '../src/square/sphere/rotation.ts'
import { bumpsAt, refined, sphere } from '../src/square/sphere/sphere.ts'

type Logic<X, G> = Omit<Kind<X, G>, 'Picture' | 'Controls'>

/** The largest difference of the two ways around the square, and the square of the other network. */
function squares<X, G>(kind: Logic<X, G>, g: G, seed: number) {
  const difference = (compiled: Compiled<X>, inexact: boolean): Difference => {
    const run = compiled(seed)
    const ways = [kind.moveOutput(g, run(kind.start)), run(kind.move(g, kind.start))] as const
    return differenceOf(...ways, { compares: kind.compares?.(g), inexact })
  }
  return { symmetric: difference(kind.symmetric, kind.whyNearly?.(g) !== undefined), plain: difference(kind.plain, false) }
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void {
  expect(Array.from(found)).toEqual(Array.from(expected, (value) => expect.closeTo(value, digits)))
}

const order = (...images: number[]): Permutation => Permutation.fromImages(images)
const still = image.identity

describe('the network with the symmetry commutes up to rounding, the other does not', () => {
  const both = <X, G>(kind: Logic<X, G>, elements: readonly G[], seed: number): void => {
    for (const g of elements) {
      const { symmetric, plain } = squares(kind, g, seed)
      expect(symmetric.agreement).toBe('equal')
      expect(plain.share).toBeGreaterThan(0.2)
    }
  }
  test.each([1, 2])('seed %i', (seed) => {
    both(
      points,
      [
        { angle: 60, order: order(0, 1, 2, 3, 4) },
        { angle: 0, order: order(2, 0, 1, 4, 3) },
        { angle: 217, order: order(4, 3, 2, 1, 0) },
      ],
      seed,
    )
    both(graph, [order(2, 4, 5, 3, 1, 0), order(1, 0, 2, 3, 4, 5)], seed)
    both(
      signals,
      [
        { order: order(1, 2, 0, 3), shift: 9 },
        { order: order(3, 2, 1, 0), shift: 0 },
        { order: order(0, 1, 2, 3), shift: 5 },
      ],
      seed,
    )
    both(
      image,
      [
        { ...still, angle: 90 },
        { ...still, angle: 180 },
        { ...still, mirror: true, angle: 270, down: 3, right: 17 },
      ],
      seed,
    )
  })

  test('between right angles, and on the sphere, it nearly commutes, and says why', () => {
    for (const angle of [10, 45, 80]) {
      const { symmetric, plain } = squares(image, { ...still, angle }, 1)
      expect(symmetric.agreement).toBe('nearly')
      expect(plain.share).toBeGreaterThan(symmetric.share)
    }
    expect(image.whyNearly?.({ ...still, angle: 45 })).toContain('grid')
    expect(image.whyNearly?.({ ...still, angle: 450 })).toBeUndefined()
    const turned = squares(sphere, sphere.first, 1)
    expect(turned.symmetric.share).toBeLessThan(1e-4)
    expect(turned.plain.share).toBeGreaterThan(0.2)
  })

  test('a plain convolution has the shifts of its grid, and no other turn', () => {
    expect(squares(image, { ...still, down: 4, right: 3 }, 1).plain.largest).toBe(0)
    expect(squares(image, { ...still, angle: 90 }, 1).plain.share).toBeGreaterThan(0.2)
    expect(squares(sphere, fromDegrees(45, 0, 0), 1).plain.agreement).toBe('equal')
    expect(squares(sphere, fromDegrees(40, 0, 0), 1).plain.agreement).toBe('different')
  })
})

describe('what moves the input is an action', () => {
  test('orders compose', () => {
    const [a, b] = [order(2, 4, 5, 3, 1, 0), order(1, 2, 0, 5, 3, 4)]
    expect(graph.move(a, graph.move(b, graph.start))).toEqual(graph.move(a.compose(b), graph.start))
    expect([...moveRows(order(2, 0, 1), Float64Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([3, 4, 5, 6, 1, 2])
    expect(edgesOf(graph.move(swapped(graph.identity, 0, 4), graph.start))).toHaveLength(edgesOf(graph.start).length)
  })

  test('turns compose, and a turn read between the pixels is the exact one at a right angle', () => {
    const eighth = points.move({ angle: 45, order: points.identity.order }, points.start)
    const quarter = points.move({ angle: 90, order: points.identity.order }, points.start)
    expectClose(points.move({ angle: 45, order: points.identity.order }, eighth), quarter, 12)
    const [exact, near] = [90, 90 + 1e-7].map((angle) => image.move({ ...still, angle }, image.start))
    expect(differenceOf(exact!, near!).largest).toBeLessThan(1e-6)
    const whole = Array.from({ length: 4 }).reduce<Float64Array>((x) => image.move({ ...still, angle: 90 }, x), image.start)
    expect(whole).toEqual(image.start)
  })

  test('a rotation moves bumps and samples alike', () => {
    const rotation = fromDegrees(70, 50, 300)
    const { directions, samples } = sphere.move(rotation, sphere.start)
    expect(differenceOf(samples, bumpsAt(directions).samples).share).toBeLessThan(0.01)
    const half = partOfTheWay(sphere.identity, rotation, 0.5)
    const whole = partOfTheWay(half, rotation, 1)
    expectClose(whole, rotation, 10)
  })
})

describe('addresses', () => {
  test.each([points, graph, image, signals])('$name: what is written is read again', (kind) => {
    const logic = kind as unknown as Logic<unknown, unknown>
    const link = parseAddress(addressOf('square', logic.write(logic.first)))
    expect(logic.write(logic.read(link.state))).toEqual(logic.write(logic.first))
    expect(logic.write(logic.read(new URLSearchParams()))).toEqual(logic.write(logic.first))
  })

  test('a rotation is read again to a degree', () => {
    const again = sphere.read(new URLSearchParams(sphere.write(sphere.first)))
    expectClose(again, sphere.first, 1)
  })

  test.each([
    ['order=0-0-1-2-3', 'order: expected the numbers 0 to 4 in some order, as in'],
    ['order=0-1', 'order: expected the numbers 0 to 4 in some order'],
    ['angle=abc', 'angle: expected a whole number from 0 to 360, received “abc”.'],
    ['angle=720', 'angle: expected a whole number from 0 to 360, received “720”.'],
    ['seed=0', 'seed: expected a whole number from 1 to 9999, received “0”.'],
  ])('%s says what was expected, and the first element is shown', (text, message) => {
    const { g, seed, fault } = opened(points, new URLSearchParams(text))
    expect(fault).toContain(message)
    expect([g, seed]).toEqual([points.first, 1])
  })
})

describe('words', () => {
  test('differences', () => {
    expect([0, 4.44e-16, 0.0004, 0.0012345, 0.834, 1.36].map(formatDifference)).toEqual([
      '0',
      '4.4 · 10⁻¹⁶',
      '4.0 · 10⁻⁴',
      '0.0012',
      '0.83',
      '1.4',
    ])
    const [zero, one] = [new Float64Array(2), Float64Array.of(1, -2)]
    expect(differenceOf(zero, zero)).toEqual({ largest: 0, share: 0, agreement: 'equal' })
    expect(differenceOf(one, Float64Array.of(1, -1), { compares: (i) => i === 0 }).agreement).toBe('equal')
    expect(differenceOf(one, Float64Array.of(1, -1.9)).agreement).toBe('different')
    expect(differenceOf(one, Float64Array.of(1, -1.9), { inexact: true }).agreement).toBe('nearly')
    expect(differenceOf(one, Float64Array.of(1, 2), { inexact: true }).agreement).toBe('different')
  })

  test('what they mean', () => {
    expect(meaningOf({ largest: 1e-15, share: 1e-15, agreement: 'equal' }, undefined)).toBe('rounding')
    expect(meaningOf({ largest: 0, share: 0, agreement: 'equal' }, undefined)).toBe('none at all')
    expect(meaningOf({ largest: 0, share: 0, agreement: 'equal' }, 'g moves nothing')).toBe('g moves nothing')
    expect(meaningOf({ largest: 0.1, share: 0.05, agreement: 'nearly' }, 'the grid')).toBe('5\u00a0%; the grid')
    expect(meaningOf({ largest: 1e-5, share: 1e-5, agreement: 'nearly' }, 'the grid')).toBe('the grid')
    expect(meaningOf({ largest: 1, share: 0.5, agreement: 'different' }, 'the grid')).toBe('50\u00a0% of the output')
  })
})

describe('changes by hand', () => {
  test('an edge is joined and parted', () => {
    const joined = toggleEdge(graph.start, 2, 5)
    expect(edgesOf(joined)).toContainEqual([2, 5])
    expect(toggleEdge(joined, 5, 2)).toEqual(graph.start)
  })

  test('another order is neither the given one nor the first', () => {
    const random = seededRandom(3)
    for (let trial = 0; trial < 20; trial++) {
      const given = anotherOrder(graph.identity, random() * 2 ** 31)
      const next = anotherOrder(given, random() * 2 ** 31)
      expect(next.equals(given) || next.isIdentity()).toBe(false)
    }
  })

  test('the brush adds and takes away, within 0 and 1', () => {
    const pixel = 9 * SIZE + 14
    const painted = touched(image.start, pixel, true)
    expect(painted[pixel]).toBeGreaterThan(image.start[pixel]!)
    expect(Math.max(...touched(painted, pixel, true))).toBeLessThanOrEqual(1)
    expect(Math.min(...touched(image.start, pixel, false))).toBe(0)
  })

  test('a place on the sphere is a direction, and a drag moves it along', () => {
    const { x, y, depth } = seen(directionAt({ x: 0.3, y: -0.4 }))
    expect([x, y]).toEqual([expect.closeTo(0.3, 12), expect.closeTo(-0.4, 12)])
    expect(depth).toBeGreaterThan(0)
    const before = seen(directionAt({ x: 0, y: 0 }))
    const after = seen(sphere.move(turnedBy({ x: 0.1, y: 0.05 }), bumpsAt(directionAt({ x: 0, y: 0 }))).directions)
    expect(after.x - before.x).toBeCloseTo(0.1, 2)
    expect(after.y - before.y).toBeCloseTo(0.05, 2)
  })

  test('the disc is clear beside the sphere, and shows a bump where it is seen', () => {
    const directions = Float64Array.from([0, 1, 2].flatMap((bump) => [...directionAt({ x: bump === 0 ? 0.5 : -0.9, y: 0 })]))
    const colours = discImage(refined(bumpsAt(directions).samples))
    const strength = (x: number, y: number): number =>
      colours[4 * (Math.floor(((y + 1) / 2) * PIXELS) * PIXELS + Math.floor(((x + 1) / 2) * PIXELS)) + 3]!
    expect(strength(0.97, 0.97)).toBe(0)
    expect(strength(0.5, 0)).toBeGreaterThan(200)
    expect(strength(0, 0.9)).toBeLessThan(100)
  })
})
