import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError, quoted } from '../src/format-error.ts'
import { IntegerLines } from '../src/integer-lines.ts'
import { TextLines } from '../src/text-lines.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const texts = (parts: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((all) => all.join(''))

/** The message of what a function throws. */
function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    return (error as Error).message
  }
  return 'nothing'
}

/** The lines of a text; behind its last line break there is none. */
const linesOf = (text: string): string[] => text.split('\n').slice(0, text === '' || text.endsWith('\n') ? -1 : undefined)

describe.each(['blanks', 'commas'] as const)('IntegerLines, separated by %s', (separator) => {
  const separators = separator === 'blanks' ? /[ \t\r]+/ : /[ \t\r,]+/
  /** Each line's integers, or the message of the first line that has something else. */
  const slowly = (text: string): unknown[] => {
    const rows: unknown[] = []
    for (const [i, line] of linesOf(text).entries()) {
      const words = line.split(separators).filter((word) => word !== '')
      if (words.some((word) => !/^-?\d+$/.test(word) || Math.abs(Number(word)) > 2147483647)) {
        const received = JSON.stringify(line.trimEnd())
        return [...rows, `reader: file, line ${i + 1}: expected 32-bit integers separated by ${separator}, received ${received}.`]
      }
      const after =
        linesOf(text)
          .slice(0, i + 1)
          .join('\n').length + 1
      rows.push({ line: i + 1, numbers: words.map((word) => Number(word) + 0), left: Math.max(0, text.length - after) })
    }
    return rows
  }
  const fast = (text: string): unknown[] => {
    const lines = new IntegerLines('reader', 'file', bytes(text), separator)
    const rows: unknown[] = []
    try {
      while (lines.next()) {
        const numbers = [...lines.values.subarray(0, lines.count)]
        rows.push({ line: lines.line, numbers, left: lines.bytesLeft })
      }
    } catch (error) {
      rows.push((error as Error).message)
    }
    return rows
  }

  test('reads what splitting the text reads', () => {
    const parts = [
      '0',
      '7',
      '9',
      '12',
      '-3',
      '-',
      ' ',
      ' ',
      '\t',
      '\r',
      '\n',
      '\n',
      ',',
      'x',
      '/',
      ':',
      '2147483647',
      '-2147483647',
      '2147483648',
    ]
    fc.assert(
      fc.property(texts(parts), (text) => {
        expect(fast(text)).toEqual(slowly(text))
      }),
      { seed: 1, numRuns: 500 },
    )
    const many = Array.from({ length: 300 }, (_, i) => i - 150).join(separator === 'commas' ? ',' : ' ')
    expect(fast(`${many}\n5\n`)).toEqual(slowly(`${many}\n5\n`))
  })

  test('expectLine passes over empty lines, and names the line behind the last at the end', () => {
    const lines = new IntegerLines('reader', 'file', bytes('\n \n1 2\n\n3'), separator)
    expect([...lines.expectLine('a')]).toEqual([1, 2])
    expect([...lines.expectLine('b'), lines.line]).toEqual([3, 5])
    expect(messageOf(() => lines.expectLine('numbers'))).toBe(
      'reader: file, line 6: expected numbers, received the end of the file. The file is truncated: download it again.',
    )
  })

  test('an error shows the current line, or what it is told', () => {
    const lines = new IntegerLines('reader', 'file', bytes('1\n2 3 \r\n4'), separator)
    lines.next()
    lines.next()
    expect(lines.error('x').message).toBe('reader: file, line 2: expected x, received "2 3".')
    expect(lines.error('x', 'y', 7).message).toBe('reader: file, line 7: expected x, received y.')
    lines.next()
    expect([lines.text(), lines.next(), lines.next(), lines.line]).toEqual(['4', false, false, 3])
  })
})

describe('TextLines', () => {
  /** What remains behind the lines that were read, by the number of bytes that are left. */
  const rest = (text: string, lines: TextLines): string => text.slice(text.length - lines.bytesLeft)

  test('reads, looks ahead and passes over blanks as splitting the text does', () => {
    const steps = fc.array(fc.constantFrom('next', 'peek', 'skip'), { maxLength: 12 })
    fc.assert(
      fc.property(texts(['a', 'b c', ' ', '\t', '\r', '\n', '\n']), steps, (text, all) => {
        const lines = new TextLines('reader', 'file', bytes(text))
        expect([lines.text, lines.line]).toEqual([undefined, 0])
        for (const step of all) {
          const [before, line] = [rest(text, lines), lines.line]
          if (step === 'next') {
            expect(lines.next()).toBe(before === '' ? undefined : before.split('\n')[0]!.trim())
            expect([lines.line, rest(text, lines)]).toEqual([line + 1, before.split('\n').slice(1).join('\n')])
          } else if (step === 'peek') {
            for (const count of [0, 1, 2, 5])
              expect(lines.peek(count)).toEqual(
                linesOf(before)
                  .slice(0, count)
                  .map((one) => one.trim()),
              )
            expect([lines.line, rest(text, lines)]).toEqual([line, before])
          } else {
            lines.skipBlankLines()
            const blank = /^[\t\n\r ]*\n/.exec(before)?.[0] ?? ''
            expect([lines.line, rest(text, lines)]).toEqual([line + blank.split('\n').length - 1, before.slice(blank.length)])
          }
          expect(lines.isAtEnd()).toBe(/^[\t\n\r ]*$/.test(rest(text, lines)))
        }
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('an error shows the current line, the end of the file, or what it is told', () => {
    const lines = new TextLines('reader', 'file', bytes('a\n  b \n'))
    lines.next()
    lines.next()
    expect([lines.text, lines.error('x').message]).toEqual(['b', 'reader: file, line 2: expected x, received "b".'])
    expect(lines.error('x', 'y').message).toBe('reader: file, line 2: expected x, received y.')
    expect([lines.next(), lines.next()]).toEqual([undefined, undefined])
    expect(lines.error('x').message).toBe('reader: file, line 4: expected x, received the end of the file.')
  })
})

test('a FormatError keeps its parts; it shows no character that cannot be seen, and the first 60 of a long text', () => {
  const hidden = ['\u0000', '\u001b', '\u007f', '\u009f', '\u2028', '\u2029', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069']
  const error = new FormatError({ reader: 'r', file: `f${hidden.join('-')}`, expected: 'e', received: 'x', remedy: 'Mend it.' })
  const shown = hidden.map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('-')
  expect(error.message).toBe(`r: f${shown}: expected e, received x. Mend it.`)
  expect({ ...error, name: error.name }).toEqual({
    name: 'FormatError',
    file: `f${hidden.join('-')}`,
    line: undefined,
    expected: 'e',
    received: 'x',
  })
  const seen = ' ~\u00a0\u200d\u2010\u202f\u2065\u206a'
  expect(new FormatError({ reader: 'r', file: seen, line: 0, expected: 'e', received: 'x' }).message).toBe(
    `r: ${seen}, line 0: expected e, received x.`,
  )
  expect([quoted('a'.repeat(60)), quoted('a'.repeat(61)), quoted('"')]).toEqual([`"${'a'.repeat(60)}"`, `"${'a'.repeat(60)}…"`, '"\\""'])
})
