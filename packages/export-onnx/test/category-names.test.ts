import { expect, test } from 'vitest'
import { categoryNames, withCategoryCodes } from '../src/index.ts'

const config = JSON.stringify({ categoryNames: { 1: ['blue', 'red'] }, edgeCategoryNames: { 0: ['a'] } })

test('names of categories come from the configuration of the run', () => {
  expect(categoryNames({ config })).toEqual({ x: { 1: ['blue', 'red'] }, edge_attr: { 0: ['a'] } })
})

test.each([undefined, '', 'null', '7', '{}', '{"categoryNames":["a"]}', '{"categoryNames":{"0":"ab"}}', '{"categoryNames":{"x":["a"]}}'])(
  'a configuration of %s names none',
  (text) => {
    expect(categoryNames(text === undefined ? {} : { config: text })).toEqual({})
  },
)

test('names become codes, in flat and in nested lists; other entries stay', () => {
  const { x } = categoryNames({ config }) as { x: Record<number, string[]> }
  const nested = [
    [5, 'red'],
    ['odd', 'blue'],
    [true, 1],
  ]
  const coded = [
    [5, 1],
    ['odd', 0],
    [true, 1],
  ]
  expect(withCategoryCodes(nested, x, 2)).toEqual(coded)
  expect(withCategoryCodes([nested], x, 2)).toEqual([coded])
  expect(withCategoryCodes(nested.flat(), x, 2)).toEqual(coded.flat())
  expect(() => withCategoryCodes([1, 'green'], x, 2)).toThrow('expected a number or one of "blue", "red" in channel 1, received "green"')
})

test.each([
  '{"categoryNames":{"x1":["a"]}}',
  '{"categoryNames":{"1x":["a"]}}',
  '{"categoryNames":{"1":["a",2]}}',
  '{"categoryNames":null}',
  '{',
])('what is no record of names by channel names none: %s', (text) => expect(categoryNames({ config: text })).toEqual({}))

test('channels of two digits, each record on its own, and a name that is unknown among more than 12', () => {
  expect(categoryNames({ config: '{"categoryNames":{"10":["a"],"2":[]}}' })).toEqual({ x: { 10: ['a'], 2: [] } })
  expect(categoryNames({ config: '{"categoryNames":7,"edgeCategoryNames":{"0":["b"]}}' })).toEqual({ edge_attr: { 0: ['b'] } })
  const names = Array.from({ length: 13 }, (_, i) => `n${i}`)
  const shown = names.slice(0, 12).map((name) => `"${name}"`)
  expect(() => withCategoryCodes(['x'.repeat(50)], { 0: names }, 1)).toThrow(
    new RangeError(`expected a number or one of ${shown.join(', ')}, ... in channel 0, received "${'x'.repeat(39)}`),
  )
  expect(() => withCategoryCodes(['x'], { 0: names.slice(0, 12) }, 1)).toThrow(
    new RangeError(`expected a number or one of ${shown.join(', ')} in channel 0, received "x"`),
  )
  expect([withCategoryCodes('n0', { 0: names }, 1), withCategoryCodes(['n0', 'n12'], { 0: names }, 1)]).toEqual(['n0', [0, 12]])
})
