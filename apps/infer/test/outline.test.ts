import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RequestFailure } from '../src/errors.ts'
import { LIMITS, type Outline, outline } from '../src/protocol/outline.ts'

const parse = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Checks the law: the document with its lists inserted equals the result of `JSON.parse`. @returns whether there was an outline. */
function expectLaw(text: string): boolean {
  let outlined: Outline
  try {
    outlined = outline(Buffer.from(text), 0)
  } catch (error) {
    expect(error).toBeInstanceOf(RequestFailure)
    // Only a list that begins as a flat one and holds strings, objects or lists, which is no data of a tensor, may be cut in the middle.
    if (!/"data"\s*:\s*\[\s*(?!\[)[^\]]*["{[]/.test(text)) expect(parse(text)).toBeUndefined()
    return false
  }
  const lists = outlined.lists.map((list) => parse(list.toString('utf8')))
  if (lists.includes(undefined)) return false
  const putBack = (value: unknown): unknown => {
    const index = outlined.listAt(value)
    if (index !== undefined) return lists[index]?.value
    if (Array.isArray(value)) return value.map((each) => putBack(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, putBack(each)]))
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
  ['a list after an escaped quote', '{"a\\"data":[1]}'],
  ['the key inside a string', '{"a":"\\"data\\":[1]"}'],
  ['a list of strings', '{"data":[["a"]]}'],
])('%s stays in the document', (_, text) => {
  const outlined = outline(Buffer.from(text), 0)
  expect([outlined.document, outlined.lists]).toEqual([JSON.parse(text), []])
})

test.each([
  ['a list followed by digits', '{"data":[1]1}'],
  ['a list that is not closed', '{"data":[1'],
  ['a nested list that is not closed', '{"data":[[1],[2]'],
  ['a bracket in a string', '{"data":["]"]}'],
])('%s is refused', (_, text) => {
  expect(() => outline(Buffer.from(text), 0)).toThrow('expected JSON, received something else')
})

test('long lists are cut out, flat or nested, and short ones stay', () => {
  const long = Array.from({ length: 1000 }, (_, i) => i)
  const nested = Array.from({ length: 300 }, (_, i) => [[i], [true]])
  const { document, lists, listAt } = outline(
    Buffer.from(JSON.stringify({ inputs: [{ data: [1, 2] }, { data: long }, { data: nested }, { data: 0 }, { data: '0' }] })),
  )
  const { inputs } = document as { inputs: { data: unknown }[] }
  expect(inputs.map(({ data }) => listAt(data))).toEqual([undefined, 0, 1, undefined, undefined])
  expect(lists.map((list) => JSON.parse(String(list)))).toEqual([long, nested])
})

describe('what JSON.parse gets is bounded, at the first byte too many', () => {
  const refused = (text: string): string => {
    try {
      outline(Buffer.from(text))
    } catch (error) {
      return (error as Error).message
    }
    return 'accepted'
  }

  test('levels of nesting', () => {
    const deep = (levels: number): string => `{"inputs":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(refused(deep(LIMITS.depth - 1))).toBe('accepted')
    for (const levels of [LIMITS.depth, 1000, 10_000_000]) expect(refused(deep(levels))).toContain('at most 64 levels of nesting')
    for (const text of ['[', '{"a":', '[{"data":[', '{"data":[[']) expect(refused(text.repeat(1_000_000))).toContain('at most 64 levels')
  })

  test('keys', () => {
    const keys = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"${i.toString(36)}":1`).join()}}`
    expect(refused(keys(LIMITS.keys))).toBe('accepted')
    for (const count of [LIMITS.keys + 1, 1_000_000]) expect(refused(keys(count))).toContain('at most 4096 keys')
  })

  test('bytes besides lists of numbers', () => {
    const padded = (bytes: number): string => `{"id":"${'a'.repeat(bytes - 9)}"}`
    expect(refused(padded(LIMITS.bytes))).toBe('accepted')
    for (const bytes of [LIMITS.bytes + 1, 30_000_000]) expect(refused(padded(bytes))).toContain('at most 65536 bytes besides lists')
    expect(refused(`{"data":[${'"a",'.repeat(1_000_000)}1]}`)).toBe('accepted') // a list, which is checked when it is read
    expect(refused(`{"data":[[${'"a",'.repeat(1_000_000)}1]]}`)).toContain('at most 65536 bytes')
    expect(refused(`{"shape":[${'1,'.repeat(1_000_000)}1]}`)).toContain('at most 65536 bytes')
    expect(refused(' '.repeat(30_000_000))).toContain('at most 65536 bytes')
    expect(refused(`"${'\\"'.repeat(10_000_000)}`)).toContain('at most 65536 bytes')
  })
})
