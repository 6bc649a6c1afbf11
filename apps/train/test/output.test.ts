import { expect, test } from 'vitest'
import { messageOf } from '../src/errors.ts'
import { standardOutput } from '../src/output.ts'
import { printable, shown } from '../src/printable.ts'

/** A terminal of some columns that understands what a progress bar writes. It throws at any other command. */
class Screen {
  readonly isTTY = true
  readonly columns: number
  rows: string[] = ['']
  #row = 0
  #column = 0
  #saved: [number, number] = [0, 0]
  #wraps = true

  constructor(columns: number) {
    this.columns = columns
  }

  readonly write = (text: string): boolean => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads control characters
    for (const [part] of text.matchAll(/\u001b(?:\[[?\d;]*[A-Za-z]|[78])|[\s\S]/g)) this.#apply(part)
    return true
  }
  cursorTo = (x: number): boolean => {
    this.#column = x
    return true
  }
  moveCursor = (_: number, dy: number): boolean => {
    this.#row += dy
    return true
  }
  clearLine = (direction: number): boolean => {
    const row = this.rows[this.#row] ?? ''
    this.rows[this.#row] = direction === 1 ? row.slice(0, this.#column) : ''
    return true
  }
  readonly on = (): this => this
  readonly once = (): this => this

  #apply(part: string): void {
    if (part === '\n') {
      this.#row++
      this.#column = 0
      this.rows[this.#row] ??= ''
    } else if (part === '\r') this.#column = 0
    else if (part === '\u001b7') this.#saved = [this.#row, this.#column]
    else if (part === '\u001b8') [this.#row, this.#column] = this.#saved
    else if (part === '\u001b[?7h' || part === '\u001b[?7l') this.#wraps = part.endsWith('h')
    else if (part === '\u001b[2K') this.clearLine(0)
    else if (part === '\u001b[0K' || part === '\u001b[K') this.clearLine(1)
    else if (part === '\u001b[1G') this.#column = 0
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal reads control characters
    else if (/^\u001b\[(\?25[hl]|\d*m)$/.test(part)) return
    else if (part.startsWith('\u001b')) throw new Error(`unknown command ${JSON.stringify(part)}`)
    else this.#put(part)
  }

  #put(character: string): void {
    if (this.#column >= this.columns) {
      if (this.#wraps) this.#apply('\n')
      else this.#column = this.columns - 1
    }
    const row = (this.rows[this.#row] ?? '').padEnd(this.#column)
    this.rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1)
    this.#column++
  }
}

const figures = { epoch: '100/100', loss: '0.1234', validation: '100.0 %', speed: '1234.5' }

test.each([
  [60, /^ {2}[█░]+ epoch 100\/100 \| loss 0\.1234 \| \w+ left$/],
  [80, /^ {2}[█░]+ epoch 100\/100 \| loss 0\.1234 \| validation 100\.0 % \| \w+ left$/],
  [100, /validation 100\.0 % \| \w+ left$/],
  [200, /^ {2}[█░]{40} 20000\/30000 steps \| epoch 100\/100 \| loss 0\.1234 \| validation 100\.0 % \| 1234\.5 steps\/s \| \w+ left$/],
])('a bar on a terminal of %i columns has the figures that fit', (columns, row) => {
  const screen = new Screen(columns)
  const output = standardOutput(false, { stdout: screen, stderr: screen as unknown as NodeJS.WriteStream })
  const bar = output.bar(30_000)
  bar?.update(20_000, figures)
  // A line makes the bar draw itself at once.
  output.say('line')
  expect(screen.rows.at(-1)?.trimEnd()).toMatch(row)
  bar?.stop()
})

test.each([40, 80, 100, 200])('lines of epochs stand whole above the bar, on a terminal of %i columns', (columns) => {
  const screen = new Screen(columns)
  const output = standardOutput(false, { stdout: screen, stderr: screen as unknown as NodeJS.WriteStream })
  output.say('task')
  const bar = output.bar(30)
  const lines = Array.from({ length: 5 }, (_, i) => `  epoch ${i + 1}  ${'figures '.repeat(3)}`.trimEnd())
  lines.forEach((line, i) => {
    bar?.update(6 * i, figures)
    output.say(line)
    expect(screen.rows.slice(0, i + 2).map((row) => row.trimEnd())).toEqual(['task', ...lines.slice(0, i + 1)])
    expect(screen.rows.at(-1)).toMatch(/[█░]+ .*epoch/)
  })
  bar?.stop()
  output.say('end')
  expect(screen.rows.map((row) => row.trimEnd())).toEqual(['task', ...lines, 'end', ''])
})

const RED = '\u001b[31mred\u009b2J\u007f\u202e'

test('control characters do not reach the terminal, in lines, results and messages', () => {
  const written: string[] = []
  const stdout = { write: (text: string) => written.push(text) > 0 }
  const streams = { stdout, stderr: { isTTY: false } as NodeJS.WriteStream }
  standardOutput(false, streams).say(`a ${RED}\n\tb`)
  standardOutput(true, streams).result({ name: RED })
  expect(written[0]).toBe('a \\u001b[31mred\\u009b2J\\u007f\\u202e\n\tb\n')
  expect(JSON.parse(written[1] as string)).toEqual({ name: RED })
  for (const text of [...written, messageOf(new Error(RED)), messageOf(RED)]) expect(text).not.toMatch(/(?![\n\t])\p{Cc}|\u202e/u)
  expect(messageOf(new Error('one\n  two'))).toBe('one two')
})

test('every control character and every mark of direction is escaped, and nothing else', () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCharCode(code)
    // Cc without tab and newline; Bidi_Control; the separators of lines and paragraphs.
    const isUnsafe = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(character) && character !== '\t' && character !== '\n'
    expect(printable(character) !== character, code.toString(16)).toBe(isUnsafe)
  }
})

const values: [unknown, string][] = [
  [undefined, 'nothing'],
  [null, 'null'],
  [Number.NaN, 'no number'],
  [Number.NEGATIVE_INFINITY, 'an infinite number'],
  [3, '3'],
  [3n, '3'],
  ['a\u001b', '"a\\u001b"'],
  [[], 'an empty list'],
  [[1, 2], 'a list of 2'],
  [{}, 'an object'],
  [() => 1, 'a function'],
  ['x'.repeat(99), `"${'x'.repeat(59)}`],
]
test('values in messages', () => {
  for (const [value, text] of values) expect(shown(value)).toBe(text)
})
