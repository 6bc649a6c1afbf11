import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outline } from '../src/protocol/outline.ts'

const parse = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Checks the law: the document with its lists inserted equals the result of `JSON.parse`. @returns whether there was an outline. */
function expectLaw(text: string): boolean {
  const outlined = outline(Buffer.from(text), 0)
  if (outlined === undefined) return false
  const lists = outlined.lists.map((list) => parse(list.toString('utf8')))
  if (lists.includes(undefined)) return false
  const putBack = (value: unknown, key?: string): unknown => {
    if (key === 'data' && typeof value === 'number') return lists[value]?.value
    if (Array.isArray(value)) return value.map((each) => putBack(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, putBack(each, name)]))
  }
  expect({ value: putBack(outlined.document) }).toEqual(parse(text))
  return lists.length > 0
}

const key = fc.constantFrom('data', 'data', 'data', 'x', 'y', 'da"ta', '"data"', 'data\\', '\u00e9', 'data ')
const leaf = fc.oneof(
  fc.integer(),
  fc.constantFrom(null, true, 'data', '"data":[1]', ']', '[', 'a', '\u{1f600}', 'x"data'),
  fc.array(fc.integer(), { maxLength: 4 }),
  fc.array(fc.integer(), { maxLength: 4 }),
  fc.array(fc.integer(), { maxLength: 4 }),
)
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

test('random documents with any white space', () => {
  let compared = 0
  fc.assert(
    fc.property(
      fc.dictionary(key, anything, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
      fc.constantFrom(undefined, 1, '\t'),
      (value, indent) => {
        if (expectLaw(JSON.stringify(value, undefined, indent))) compared++
      },
    ),
    { numRuns: 3000 },
  )
  expect(compared).toBeGreaterThan(100)
})

test('random texts, most of which are not JSON', () => {
  const piece = fc.constantFrom(
    '"data"',
    '"data":[1]',
    '"data":[1,2],',
    ':',
    '[',
    ']',
    ',',
    '{',
    '}',
    '"',
    '\\',
    '1',
    ' ',
    '"a":',
    '{"data":[3]}',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      expectLaw(pieces.join(''))
      expectLaw(`{${pieces.join('')}}`)
    }),
    { numRuns: 20_000 },
  )
})

test.each([
  ['a list under a key with escapes', '{"d\\u0061ta":[1]}'],
  ['a number instead of a list', '{"data":0,"b":{"data":[1]}}'],
  ['a list followed by digits', '{"data":[1]1}'],
  ['a list that is not closed', '{"data":[1'],
  ['a nested list', '{"data":[[1],[2]]}'],
  ['a bracket in a string', '{"data":["]"]}'],
])('%s is left to JSON.parse', (_, text) => {
  expect(outline(Buffer.from(text), 0)).toBeUndefined()
})

test('short lists stay in the document', () => {
  const long = Array.from({ length: 1000 }, (_, i) => i)
  const outlined = outline(Buffer.from(JSON.stringify({ inputs: [{ data: [1, 2] }, { data: long }] })))
  expect(outlined?.document).toEqual({ inputs: [{ data: [1, 2] }, { data: 0 }] })
  expect(JSON.parse(String(outlined?.lists[0]))).toEqual(long)
})
