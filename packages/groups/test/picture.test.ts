import { naturalAction, PermutationGroup, parseGroup, type SharingScheme, sharingScheme } from '@equivar/groups'
import { describeGroup, formatDescription, labelColour, sharingSvg, sharingText } from '@equivar/groups/picture'
import { describe, expect, test } from 'vitest'

const scheme = (text: string): SharingScheme => {
  const action = parseGroup(text)
  return sharingScheme(action, action)
}

describe('descriptions', () => {
  test.each([
    ['S5', { degree: 5, order: 120n, orbits: [5], rank: 2, transitivity: 5, primitive: true, weights: 2, biases: 1, abelian: false }],
    ['A6', { transitivity: 4, primitive: true, rank: 2 }],
    ['A3', { transitivity: 1, primitive: true, rank: 3, abelian: true }],
    ['S2', { transitivity: 2, rank: 2 }],
    ['I1', { transitivity: 1, rank: 1, primitive: true }],
    ['C4', { transitivity: 1, primitive: false, blocks: [2], rank: 4 }],
    ['C4 wr S5', { order: 122_880n, transitivity: 1, blocks: [2, 4], rank: 5, weights: 5, biases: 1 }],
    ['S3 x C4', { orbits: [3, 4], transitivity: 0, primitive: false, weights: 8, biases: 2 }],
    ['M24', { transitivity: 5, rank: 2 }],
    ['M11', { transitivity: 4 }],
    ['PSL(2,7)', { transitivity: 2 }],
    ['AGL(1,8)', { transitivity: 2 }],
    ['PSL(2,8)', { transitivity: 3 }],
    ['S5 on pairs', { degree: 25, orbits: [5, 20], weights: 15, biases: 2, transitivity: 0 }],
    ['S5 on 2-subsets', { transitivity: 1, primitive: true, rank: 3 }],
    ['S40 wr S40', { degree: 1600, rank: 3, blocks: [40] }],
  ])('of %s', (text, expected) => {
    expect(describeGroup(parseGroup(text))).toMatchObject(expected)
  })

  test('a symmetric group is recognized from its generators alone', () => {
    const named = parseGroup('S6').group
    expect(describeGroup(naturalAction(new PermutationGroup(6, named.generators)))).toMatchObject({ transitivity: 6 })
  })

  test('are formatted as text', () => {
    expect(formatDescription(describeGroup(parseGroup('C4 wr S5')), 'C4 wr S5')).toBe(
      [
        'group         C4 wr S5',
        'degree        20 points',
        'order         122880, 3 generators',
        'orbits        1, all points',
        'rank          5 orbits on ordered pairs',
        'transitivity  transitive, imprimitive (10 blocks of 2; 5 blocks of 4)',
        'weights       5 of 400',
        'biases        1 of 20',
        '',
      ].join('\n'),
    )
    const text = formatDescription(describeGroup(parseGroup('(0 1)(2 3) on 5 points')))
    expect(text).toContain('orbits        3, of lengths 2 of 2, 1')
    expect(text).toContain('order         2, abelian, 1 generator\n')
    expect(text).toContain('transitivity  not transitive')
  })
})

/** The text without colour escape sequences. */
const plain = (text: string): string => text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')

describe('pictures in the terminal', () => {
  test('small: every entry shows the label of its parameter', () => {
    expect(sharingText(scheme('C3'), { colour: false })).toBe(' 0  1  2 \n 2  0  1 \n 1  2  0 \n')
    expect(plain(sharingText(scheme('C3')))).toBe(' 0  1  2 \n 2  0  1 \n 1  2  0 \n')
    const [red, green, blue] = labelColour(0, 3)
    expect(sharingText(scheme('C3')).startsWith(`\u001b[48;2;${red};${green};${blue}m`)).toBe(true)
    expect(
      sharingText(scheme('D4'))
        .split('\n')
        .slice(0, -1)
        .every((line) => line.endsWith('\u001b[0m')),
    ).toBe(true)
  })

  test('large: two rows per line, one character per column', () => {
    const lines = plain(sharingText(scheme('S5 wr S40'))).split('\n')
    expect(lines).toHaveLength(101)
    expect(lines.slice(0, 100).every((line) => line === '▀'.repeat(200))).toBe(true)
    expect(plain(sharingText(scheme('C31')))).toBe(`${'▀'.repeat(31)}\n`.repeat(16))
  })

  test('too wide for the line: every second point is shown, and the last line says so', () => {
    const lines = plain(sharingText(scheme('C200'), { width: 120 })).split('\n')
    expect(lines[0]).toHaveLength(100)
    expect(lines.at(-2)).toBe('one in 2 points is shown in each direction; the matrix is 200 x 200')
    expect(sharingText(scheme('S60'), { colour: false }).split('\n')[1]).toBe(`10${'1'.repeat(58)}`)
    expect(() => sharingText(scheme('C3'), { width: 0 })).toThrow('sharingText: expected a width of at least 1, received 0.')
  })
})

describe('pictures as SVG', () => {
  /** Reads the label of every entry back from the paths. */
  function readBack(svg: string, { rows, columns }: SharingScheme): Int32Array {
    const labels = new Int32Array(rows * columns).fill(-1)
    const paths = [...svg.matchAll(/<path fill="#[0-9a-f]{6}" d="([^"]*)"/g)]
    paths.forEach(([, path], label) => {
      for (const [, x, y, length] of path!.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
        labels.fill(label, Number(y) * columns + Number(x), Number(y) * columns + Number(x) + Number(length))
    })
    return labels
  }

  test.each(['S4', 'C4 wr S5', 'D4 on pairs', 'C60', 'S5 on pairs'])(
    'of %s contain every entry once, with one colour per parameter',
    (text) => {
      const wanted = scheme(text)
      const svg = sharingSvg(wanted, { title: text })
      expect(readBack(svg, wanted)).toEqual(wanted.labels)
      const fills = [...svg.matchAll(/<path fill="(#[0-9a-f]{6})"/g)].map(([, fill]) => fill)
      expect(new Set(fills).size).toBe(wanted.count)
      expect(svg.includes('<g font-size="0.36"')).toBe(wanted.rows <= 24)
    },
  )

  test('have a title, in which special characters are escaped', () => {
    const svg = sharingSvg(scheme('S4'), { title: '<S4 & "co">' })
    expect(svg).toContain('<title>&#60;S4 &#38; &#34;co&#34;&#62;: 2 weights</title>')
    expect(sharingSvg(scheme('I1'))).toContain('<title>1 weight</title>')
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true)
  })
})

test('for few parameters, neighbouring labels have clearly different colours', () => {
  for (let label = 0; label < 47; label++) {
    const [a, b] = [labelColour(label, 48), labelColour(label + 1, 48)]
    expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])).toBeGreaterThan(60)
  }
  expect(new Set(Array.from({ length: 48 }, (_, label) => labelColour(label, 48).join())).size).toBe(48)
})

test('a long order is shortened to its first digits, a long list of block systems to its first entries', () => {
  expect(formatDescription(describeGroup(parseGroup('S100')))).toContain('order         9.3326... x 10^157 (158 digits), 2 generators\n')
  expect(formatDescription(describeGroup(parseGroup('C720')))).toMatch(/imprimitive \(360 blocks of 2; .*; \d+ more\)\n/)
})
