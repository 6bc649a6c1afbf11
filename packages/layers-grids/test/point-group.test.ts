import { sharingScheme } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { type PointGroupName, planeActions, pointGroup } from '../src/index.ts'

const names: [PointGroupName, number][] = [
  ['p1', 1],
  ['p2', 2],
  ['p4', 4],
  ['pm', 2],
  ['pmm', 4],
  ['p4m', 8],
]
const elements = (order: number): number[] => Array.from({ length: order }, (_, g) => g)

describe.each(names)('%s', (name, order) => {
  const group = pointGroup(name)

  test('is a group, of which its generators generate everything', () => {
    expect(group.order).toBe(order)
    for (const g of elements(order)) {
      expect(group.multiply(g, group.inverse(g))).toBe(0)
      expect(new Set(elements(order).map((h) => group.multiply(g, h))).size).toBe(order)
      for (const h of elements(order))
        for (const k of elements(order)) expect(group.multiply(group.multiply(g, h), k)).toBe(group.multiply(g, group.multiply(h, k)))
    }
    const reached = new Set([0])
    for (const g of reached) for (const s of group.generators) reached.add(group.multiply(s, g))
    expect(reached.size).toBe(order)
  })

  test('acts on grids of odd and even sizes: images of a product are the images in turn', () => {
    for (const size of [1, 2, 3, 6])
      for (const g of elements(order)) {
        const moves = group.images(g, size)
        expect(new Set(moves).size).toBe(size * size)
        for (const h of elements(order))
          expect([...group.images(group.multiply(g, h), size)]).toEqual([...group.images(h, size)].map((point) => moves[point]))
      }
  })

  test('its actions on images and feature maps are those of the plane group of the torus', () => {
    const { image, map } = planeActions(name, 3, { cyclic: true })
    expect(map.group.order()).toBe(BigInt(9 * order))
    // A map is moved freely by the whole group, an image by the shifts.
    expect(sharingScheme(map, map).count).toBe(9 * order)
    expect(sharingScheme(map, image).count).toBe(9)
    const [some] = map.group.generators
    if (some !== undefined) expect(image.image(some).degree).toBe(9)
  })
})

test('the turn is counterclockwise, as numpy.rot90; the mirror reverses columns', () => {
  const moved = (g: number): number[] => {
    const result: number[] = []
    pointGroup('p4m')
      .images(g, 2)
      .forEach((to, from) => {
        result[to] = from
      })
    return result
  }
  expect(moved(1)).toEqual([1, 3, 0, 2])
  expect(moved(4)).toEqual([1, 0, 3, 2])
})

test('cosets part the group; what is no subgroup is refused', () => {
  const group = pointGroup('p4m')
  for (const [subgroup, order] of names) {
    const cosets = group.cosets(subgroup)
    expect(cosets.map((coset) => coset.length)).toEqual(Array.from({ length: 8 / order }, () => order))
    expect([...new Set(cosets.flat())].sort((a, b) => a - b)).toEqual(elements(8))
  }
  expect(() => pointGroup('p4').cosets('pm')).toThrow('PointGroup.cosets: expected a subgroup of p4, received pm.')
  expect(() => pointGroup('p6' as 'p4')).toThrow('pointGroup: expected one of p1, p2, p4, pm, pmm, p4m, received "p6".')
  expect(() => group.images(8, 3)).toThrow('PointGroup: expected an element from 0 to 7 of p4m, received 8.')
})
