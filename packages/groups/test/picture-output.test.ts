import { parseGroup, type SharingScheme } from '@equivar/groups'
import { describeGroup, formatDescription, labelColour, sharingSvg, sharingText } from '@equivar/groups/picture'
import { describe, expect, test } from 'vitest'

const scheme = (rows: number, columns: number, count: number, label: (pair: number) => number): SharingScheme => {
  const labels = Int32Array.from({ length: rows * columns }, (_, pair) => label(pair))
  return { rows, columns, count, labels, sizes: Int32Array.from({ length: count }, (_, k) => labels.filter((l) => l === k).length) }
}

const small = scheme(2, 2, 2, (pair) => (pair === 1 || pair === 2 ? 1 : 0))
const wide = scheme(2, 25, 3, (pair) => (pair < 20 ? 0 : pair < 25 ? 1 : pair < 30 ? 2 : pair % 2))
const tall = scheme(25, 2, 2, (pair) => (pair === 1 || pair === 3 ? 1 : 0))

describe('the text of a description', () => {
  const line = (text: string, what: string): string => {
    const lines = formatDescription(describeGroup(parseGroup(text)))
      .split('\n')
      .filter((one) => one.startsWith(what))
    expect(lines).toHaveLength(1)
    return lines[0]!.slice(14)
  }

  test('has one line for each fact', () => {
    expect(formatDescription(describeGroup(parseGroup('S0')))).toBe(`degree        0 points
order         1, abelian, 0 generators
orbits        0
rank          0 orbits on ordered pairs
transitivity  not transitive
weights       0 of 0
biases        0 of 0
`)
    expect(formatDescription(describeGroup(parseGroup('I1')), 'one')).toBe(`group         one
degree        1 point
order         1, abelian, 0 generators
orbits        1, all points
rank          1 orbit on ordered pairs
transitivity  transitive, primitive
weights       1 of 1
biases        1 of 1
`)
    expect(formatDescription(describeGroup(parseGroup('C2 x I3')))).toBe(`degree        5 points
order         2, abelian, 1 generator
orbits        4, of lengths 2, 3 of 1
rank          17 orbits on ordered pairs
transitivity  not transitive
weights       17 of 25
biases        4 of 5
`)
  })

  test.each([
    ['S2 x S3 x S4 x S5 x S6 x S7', 'orbits', '6, of lengths 2, 3, 4, 5, 6, 7'],
    ['S2 x S3 x S4 x S5 x S6 x S7 x S8', 'orbits', '7, of lengths 2, 3, 4, 5, 6, 7, ...'],
    ['C2 x C3 x C2 x C3 x C2', 'orbits', '5, of lengths 3 of 2, 2 of 3'],
    ['A4', 'transitivity', '2-transitive, primitive'],
    ['D4', 'transitivity', 'transitive, imprimitive (2 blocks of 2)'],
    [
      'C128',
      'transitivity',
      'transitive, imprimitive (64 blocks of 2; 32 blocks of 4; 16 blocks of 8; 8 blocks of 16; 4 blocks of 32; 2 blocks of 64)',
    ],
    [
      'C720',
      'transitivity',
      'transitive, imprimitive (360 blocks of 2; 240 blocks of 3; 180 blocks of 4; 144 blocks of 5; 120 blocks of 6; 90 blocks of 8; 22 more)',
    ],
    ['S9 on itself', 'transitivity', 'transitive (block systems are computed up to 2000 points)'],
    ['S48', 'order', '1.2413... x 10^61 (62 digits), 2 generators'],
    ['S47', 'order', '258623241511168180642964355153611979969197632389120000000000, 2 generators'],
    ['S25206', 'order', '1.2057... x 10^100000 (100001 digits), 2 generators'],
  ])('%s: %s', (text, what, expected) => {
    expect(line(text, what)).toBe(expected)
  })
})

describe('documents in SVG', () => {
  test('a small matrix shows its labels and gaps', () => {
    expect(
      sharingSvg(small, { title: "it's", size: 100 }),
    ).toBe(`<svg xmlns="http://www.w3.org/2000/svg" width="132" height="156" viewBox="0 0 132 156" role="img">
<title>it&#39;s: 2 weights</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="16" font-family="sans-serif" fill="#222">it&#39;s: 2 weights</text>
<g transform="translate(16 40) scale(50)" shape-rendering="auto">
<path fill="#0072b2" d="M0 0h1v1h-1zM1 1h1v1h-1z"/>
<path fill="#e69f00" d="M1 0h1v1h-1zM0 1h1v1h-1z"/>
<path d="M0 0h2M0 1h2M0 2h2M0 0v2M1 0v2M2 0v2" stroke="#fff" stroke-width="0.04" fill="none"/>
<g font-size="0.36" font-family="sans-serif" text-anchor="middle" dominant-baseline="central"><text x="0.5" y="0.5" fill="#fff">0</text><text x="1.5" y="0.5" fill="#000">1</text><text x="0.5" y="1.5" fill="#000">1</text><text x="1.5" y="1.5" fill="#fff">0</text></g>
</g>
</svg>
`)
  })

  test('a large matrix shows only colours, in whole pixels', () => {
    expect(
      sharingSvg(wide, { size: 60 }),
    ).toBe(`<svg xmlns="http://www.w3.org/2000/svg" width="82" height="60" viewBox="0 0 82 60" role="img">
<title>3 weights</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="16" font-family="sans-serif" fill="#222">3 weights</text>
<g transform="translate(16 40) scale(2)" shape-rendering="crispEdges">
<path fill="#0072b2" d="M0 0h20v1h-20zM5 1h1v1h-1zM7 1h1v1h-1zM9 1h1v1h-1zM11 1h1v1h-1zM13 1h1v1h-1zM15 1h1v1h-1zM17 1h1v1h-1zM19 1h1v1h-1zM21 1h1v1h-1zM23 1h1v1h-1z"/>
<path fill="#e69f00" d="M20 0h5v1h-5zM6 1h1v1h-1zM8 1h1v1h-1zM10 1h1v1h-1zM12 1h1v1h-1zM14 1h1v1h-1zM16 1h1v1h-1zM18 1h1v1h-1zM20 1h1v1h-1zM22 1h1v1h-1zM24 1h1v1h-1z"/>
<path fill="#009e73" d="M0 1h5v1h-5z"/>
</g>
</svg>
`)
  })

  test('the larger of width and height is 640 pixels by default, and an entry of a large matrix takes at least one', () => {
    const head = (svg: string): string => svg.slice(svg.indexOf('width='), svg.indexOf(' viewBox'))
    expect(head(sharingSvg(small))).toBe('width="672" height="696"')
    expect(
      head(
        sharingSvg(
          scheme(1, 24, 1, () => 0),
          { size: 48 },
        ),
      ),
    ).toBe('width="80" height="58"')
    expect(
      head(
        sharingSvg(
          scheme(24, 1, 1, () => 0),
          { size: 48 },
        ),
      ),
    ).toBe('width="34" height="104"')
    expect(head(sharingSvg(tall, { size: 60 }))).toBe('width="36" height="106"')
    expect(head(sharingSvg(tall, { size: 10 }))).toBe('width="34" height="81"')
    expect(head(sharingSvg(scheme(0, 0, 0, () => 0)))).toBe('width="32" height="56"')
    expect(sharingSvg(scheme(24, 24, 1, () => 0))).toContain('shape-rendering="auto"')
    expect(sharingSvg(tall)).toContain('shape-rendering="crispEdges"')
  })
})

describe('text for a terminal', () => {
  const [blue, orange] = ['0;114;178', '230;159;0']

  test('a small matrix: labels on their colours, in black or white', () => {
    const zero = `\u001b[48;2;${blue}m\u001b[38;2;255;255;255m 0 `
    const one = `\u001b[48;2;${orange}m\u001b[38;2;0;0;0m 1 `
    expect(sharingText(small)).toBe(`${zero}${one}\u001b[0m\n${one}${zero}\u001b[0m\n`)
    expect(sharingText(small, { colour: false })).toBe(' 0  1 \n 1  0 \n')
    const eleven = scheme(1, 11, 11, (pair) => pair)
    expect(sharingText(eleven, { colour: false })).toBe('  0   1   2   3   4   5   6   7   8   9  10 \n')
    expect(sharingText(scheme(0, 0, 0, () => 0))).toBe('')
  })

  test('a large matrix: two rows in a line; a colour is written where it changes', () => {
    const same = `\u001b[38;2;${blue}m\u001b[48;2;${blue}m▀`
    const other = `\u001b[38;2;${orange}m\u001b[48;2;${orange}m▀`
    const last = `\u001b[38;2;${blue}m\u001b[49m▀▀\u001b[0m\n`
    expect(sharingText(tall)).toBe(`${same}${other}\u001b[0m\n${`${same}▀\u001b[0m\n`.repeat(11)}${last}`)
  })

  test('labels are shown up to 24 rows and 100 characters, if the line holds them', () => {
    const labelled = (rows: number, columns: number, width?: number): boolean =>
      sharingText(
        scheme(rows, columns, 2, () => 0),
        { colour: false, ...(width === undefined ? {} : { width }) },
      ).startsWith(' 0 ')
    expect([labelled(24, 1), labelled(25, 1)]).toEqual([true, false])
    expect([labelled(1, 33), labelled(1, 34)]).toEqual([true, false])
    expect([labelled(1, 10, 30), labelled(1, 10, 29)]).toEqual([true, false])
  })

  test('a matrix that is wider than the line shows every n-th point', () => {
    const note = (step: number): string => `one in ${step} points is shown in each direction; the matrix is 2 x 25\n`
    expect(sharingText(wide, { colour: false, width: 10 })).toBe(`000000011\n${note(3)}`)
    expect(sharingText(wide, { colour: false, width: 25 })).toBe(`${'0'.repeat(20)}11111\n222220101010101010101010 1\n`.replace(' ', ''))
    expect(sharingText(wide, { colour: false, width: 24 })).toBe(`0000000000111\n${note(2)}`)
    expect(sharingText(scheme(1, 201, 1, () => 0))).toContain('one in 2 points')
    expect(sharingText(scheme(1, 200, 1, () => 0))).not.toContain('one in')
    const many = scheme(1, 63, 63, (pair) => pair)
    expect(sharingText(many, { colour: false })).toBe('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0\n')
  })
})

const times = (matrix: number[][], v: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, entry, k) => sum + entry * v[k]!, 0))

/** OKLCH to sRGB by the definition: OKLab, XYZ for D65, linear sRGB, each with the matrices of CSS Color 4. */
function reference(lightness: number, chroma: number, hue: number): number[] {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)]
  const toCone = [
    [1, 0.3963377773761749, 0.2158037573099136],
    [1, -0.1055613458156586, -0.0638541728258133],
    [1, -0.0894841775298119, -1.2914855480194092],
  ]
  const toXyz = [
    [1.2268798758459243, -0.5578149944602171, 0.2813910456659647],
    [-0.0405757452148008, 1.112286803280317, -0.0717110580655164],
    [-0.0763729366746601, -0.4214933324022432, 1.5869240198367816],
  ]
  const toRgb = [
    [12831 / 3959, -329 / 214, -1974 / 3959],
    [-851781 / 878810, 1648619 / 878810, 36519 / 878810],
    [705 / 12673, -2585 / 12673, 705 / 667],
  ]
  const cone = times(toCone, [lightness, a, b]).map((value) => value ** 3)
  return times(toRgb, times(toXyz, cone)).map((value) => {
    const inside = Math.min(Math.max(value, 0), 1)
    return 255 * (inside > 0.0031308 ? 1.055 * inside ** (1 / 2.4) - 0.055 : 12.92 * inside)
  })
}

describe('colours', () => {
  const golden = Math.PI * (3 - Math.sqrt(5))

  test('few labels: after the first seven three shades, hues a golden angle apart', () => {
    for (let label = 7; label < 48; label++) {
      const [lightness, chroma] = [[0.7, 0.15] as const, [0.56, 0.14] as const, [0.83, 0.11] as const][label % 3]!
      const expected = reference(lightness, chroma, 0.6 + label * golden)
      labelColour(label, 48).forEach((part, k) => {
        expect(Math.abs(part - expected[k]!)).toBeLessThan(0.51)
      })
    }
    expect(labelColour(9, 48)).toEqual(reference(0.7, 0.15, 0.6 + 9 * golden).map(Math.round))
    expect(labelColour(0, 48)).toEqual([0, 114, 178])
  })

  /** What people see who lack one kind of cone, after Machado, Oliveira, Fernandes 2009, in linear sRGB. */
  const sights: Record<string, number[][]> = {
    'all cones': [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    'no long cones': [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    'no medium cones': [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    'no short cones': [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  }

  /** Linear sRGB to the cones of OKLab, and their cube roots to OKLab. */
  const fromRgb = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ]
  const fromCone = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ]

  test.each(Object.entries(sights))('the first seven differ clearly with %s', (_, sight) => {
    const linear = (part: number): number => (part <= 10.31475 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
    const lightnessAndHue = (label: number): number[] => {
      const seen = times(sight, labelColour(label, 7).map(linear)).map((part) => Math.min(Math.max(part, 0), 1))
      return times(fromCone, times(fromRgb, seen).map(Math.cbrt))
    }
    const seen = Array.from({ length: 7 }, (_all, label) => lightnessAndHue(label))
    seen.forEach((one, label) => {
      for (const other of seen.slice(0, label)) expect(Math.hypot(...one.map((part, k) => part - other[k]!))).toBeGreaterThan(0.07)
    })
  })

  test('many labels: once around the circle of hues', () => {
    for (const count of [49, 360])
      for (let label = 0; label < count; label++) {
        const expected = reference(0.72, 0.13, 0.6 + (2 * Math.PI * label) / count)
        labelColour(label, count).forEach((part, k) => {
          expect(Math.abs(part - expected[k]!)).toBeLessThan(0.51)
        })
      }
  })
})
