import { expect, test } from 'vitest'
import { classNames } from '../src/index.ts'

test('class names come from the configuration of the run', () => {
  expect(classNames({ config: JSON.stringify({ task: 'relief', classes: ['sea', 'land'] }) })).toEqual(['sea', 'land'])
})

test.each([undefined, '', 'x', 'null', '7', '{}', '{"classes":"ab"}', '{"classes":["a",1]}', '{"classes":{"0":"a"}}', '{'])(
  'a configuration of %s names none',
  (config) => {
    expect(classNames(config === undefined ? {} : { config })).toEqual([])
  },
)
