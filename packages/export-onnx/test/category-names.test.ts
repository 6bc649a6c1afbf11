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
