import { parseGroup, sharingScheme } from '@equivar/groups'
import { sharingSvg } from '@equivar/groups/picture'

/** Pictures of the decision page: an example and what may be done to it, each 150 x 60, in colours that are seen on light and on dark ground. */

const COLOURS = ['#5b68e0', '#d8734b', '#2a9d6f', '#b0549f', '#c9a227']
const LINE = '#8a90a3'

/** A picture of two panels of 60 x 60, an example and the same one otherwise, with an arrow between them. */
const pair = (title: string, before: string, after: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 60" width="150" height="60" role="img" aria-label="${title}"><!-- made by apps/site/src/symmetry-pictures.ts --><title>${title}</title>${before}<path d="M66 30h14m-5-4 5 4-5 4" fill="none" stroke="${LINE}" stroke-width="1.5"/><g transform="translate(90 0)">${after}</g></svg>\n`

const colour = (i: number): string => COLOURS[i % COLOURS.length] as string
const round = (value: number): number => Number(value.toFixed(1))
const disc = (x: number, y: number, fill: string, r = 5): string => `<circle cx="${round(x)}" cy="${round(y)}" r="${r}" fill="${fill}"/>`
const square = (x: number, y: number, side: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${side}" height="${side}" rx="1" fill="${fill}"/>`
const line = ([x1, y1]: readonly number[], [x2, y2]: readonly number[], width = 1.5): string =>
  `<path d="M${round(x1 ?? 0)} ${round(y1 ?? 0)}L${round(x2 ?? 0)} ${round(y2 ?? 0)}" stroke="${LINE}" stroke-width="${width}"/>`
const text = (x: number, y: number, value: string): string =>
  `<text x="${round(x)}" y="${round(y)}" font-family="sans-serif" font-size="8" fill="white" text-anchor="middle" dominant-baseline="central">${value}</text>`

const row = (order: readonly number[]): string => order.map((i, at) => disc(8 + 11 * at, 30, colour(i))).join('')

const grid = (rows: readonly number[], columns: readonly number[], side = 11): string =>
  rows
    .flatMap((r, i) => columns.map((c, j) => square(6 + (side + 1) * j, 6 + (side + 1) * i, side, colour(r + c * c * 3 + r * c * 4))))
    .join('')

const nested = (sets: readonly (readonly number[])[]): string =>
  sets
    .map(
      (set, i) =>
        `<rect x="3" y="${3 + 19 * i}" width="54" height="16" rx="8" fill="none" stroke="${LINE}"/>${set.map((c, at) => disc(13 + 11 * at, 11 + 19 * i, colour(c), 4)).join('')}`,
    )
    .join('')

const corners = [
  [12, 18],
  [34, 8],
  [52, 26],
  [40, 50],
  [14, 46],
] as const
const edges = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 0],
  [1, 4],
] as const
const graph = (numbers: readonly number[]): string =>
  edges.map(([a, b]) => line(corners[a], corners[b])).join('') +
  corners.map(([x, y], i) => disc(x, y, colour(i), 7) + text(x, y, String(numbers[i]))).join('')

const ring = (turn: number, size: number): [number, number][] =>
  Array.from({ length: size }, (_, i) => {
    const angle = (2 * Math.PI * (i + turn)) / size
    return [30 + 22 * Math.sin(angle), 30 - 22 * Math.cos(angle)]
  })
const molecule = (numbers: readonly number[]): string => {
  const places = ring(0, 6)
  return (
    places.map((place, i) => line(place, places[(i + 1) % 6] as number[], i % 2 === 0 ? 3 : 1.5)).join('') +
    places.map(([x, y], i) => disc(x, y, colour(i % 3), 6.5) + text(x, y, String(numbers[i]))).join('')
  )
}

const letter = ['10000', '10000', '10000', '11110', '00000']
const pixels = (value: (row: number, column: number) => string | undefined): string =>
  Array.from({ length: 25 }, (_, k) =>
    square(5 + 10 * (k % 5), 5 + 10 * Math.floor(k / 5), 9, value(Math.floor(k / 5), k % 5) === '1' ? colour(0) : '#8a90a340'),
  ).join('')

const globe = (turn: number): string =>
  `<circle cx="30" cy="30" r="25" fill="${colour(0)}" fill-opacity="0.25" stroke="${LINE}"/><g transform="rotate(${turn} 30 30)"><path d="M16 14c8-7 18-4 22 2s-4 10-10 9-16-6-12-11z" fill="${colour(2)}"/><path d="M34 36c6-3 13 0 12 5s-9 8-13 5-3-8 1-10z" fill="${colour(2)}"/></g>`

const atoms = (turn: number, order: readonly number[]): string => {
  const places = [
    [0, -16],
    [0, 2],
    [15, 14],
    [-15, 14],
  ].map(([x = 0, y = 0]) => [30 + x * Math.cos(turn) - y * Math.sin(turn), 30 + x * Math.sin(turn) + y * Math.cos(turn)])
  const centre = places[1] as number[]
  return (
    [0, 2, 3].map((i) => line(centre, places[i] as number[], 2)).join('') +
    places.map(([x = 0, y = 0], i) => disc(x, y, colour(i === 1 ? 1 : 0), i === 1 ? 8 : 6) + text(x, y, String(order[i]))).join('')
  )
}

const images = (order: readonly number[], shift: number): string =>
  order
    .map((i, at) => {
      const [x, y] = [3 + 29 * (at % 2), 3 + 29 * Math.floor(at / 2)]
      return `<rect x="${x}" y="${y}" width="25" height="25" fill="none" stroke="${LINE}"/>${square(x + 4 + shift, y + 5, 6 + 3 * i, colour(i))}`
    })
    .join('')

const beads = (turn: number): string =>
  `<circle cx="30" cy="30" r="22" fill="none" stroke="${LINE}"/>${ring(turn, 8)
    .map(([x, y], i) => disc(x, y, colour([0, 1, 0, 2, 3, 0, 2, 1][i] as number)))
    .join('')}`

const arrows = (boost: number): string => {
  const ends = [
    [-12, -18],
    [4, -22],
    [14, -16],
  ].map(([x = 0, t = 0]) => [30 + x * Math.cosh(boost) - t * Math.sinh(boost), 52 + t * Math.cosh(boost) - x * Math.sinh(boost)])
  return `<path d="M4 26 30 52 56 26" fill="none" stroke="${LINE}" stroke-dasharray="2 2"/>${ends
    .map(
      ([x = 0, y = 0], i) => `<path d="M30 52L${round(x)} ${round(y)}" stroke="${colour(i)}" stroke-width="2"/>${disc(x, y, colour(i), 3)}`,
    )
    .join('')}`
}

const shown = (row: number, column: number): string | undefined => letter[row]?.[column]

/** The pictures by name: of each row of the decision page one. */
export const symmetryPictures: Readonly<Record<string, string>> = {
  set: pair('a set in two orders', row([0, 1, 2, 3, 4]), row([3, 0, 4, 2, 1])),
  table: pair('a table whose rows and columns change places', grid([0, 1, 2, 3], [0, 1, 2, 3]), grid([2, 0, 3, 1], [1, 3, 0, 2])),
  'set-of-sets': pair(
    'a set of sets, reordered inside and outside',
    nested([
      [0, 1, 2],
      [3, 4, 0, 1],
      [2, 3],
    ]),
    nested([
      [4, 0, 1, 3],
      [3, 2],
      [2, 0, 1],
    ]),
  ),
  graph: pair('a graph whose nodes are numbered otherwise', graph([1, 2, 3, 4, 5]), graph([4, 1, 5, 3, 2])),
  molecule: pair('a molecule whose atoms are numbered otherwise', molecule([1, 2, 3, 4, 5, 6]), molecule([5, 1, 4, 6, 2, 3])),
  shifted: pair(
    'an image and the same one shifted',
    pixels(shown),
    pixels((r, c) => shown((r + 4) % 5, (c + 4) % 5)),
  ),
  turned: pair(
    'an image and the same one turned',
    pixels(shown),
    pixels((r, c) => shown(4 - c, r)),
  ),
  sphere: pair('a sphere and the same one turned', globe(0), globe(70)),
  space: pair('atoms, turned in space and numbered otherwise', atoms(0, [1, 2, 3, 4]), atoms(1.1, [3, 1, 4, 2])),
  'set-of-images': pair('a set of images, reordered, and all shifted alike', images([0, 1, 2, 3], 0), images([2, 0, 3, 1], 4)),
  'any-group': pair('a necklace and the same one turned', beads(0), beads(3)),
  vectors: pair('vectors of space and time before and after a change of speed', arrows(0), arrows(0.35)),
}

/** A square of arrows: elements of a set, reordered by g, and what a layer f makes of each. */
function commutingSquare(): string {
  const order = [3, 0, 4, 2, 1]
  const made = (places: readonly number[]): string => places.map((i, at) => square(4 + 11 * at, 26, 9, colour(i))).join('')
  const at = (x: number, y: number, content: string): string => `<g transform="translate(${x} ${y})">${content}</g>`
  const arrow = (x: number, y: number, turn: number, name: string): string =>
    `<path transform="translate(${x} ${y}) rotate(${turn})" d="M-14 0h28m-5-4 5 4-5 4" fill="none" stroke="${LINE}" stroke-width="1.5"/><text x="${turn === 0 ? x : x + 9}" y="${turn === 0 ? y - 7 : y + 3}" font-family="serif" font-style="italic" font-size="12" fill="#777" text-anchor="middle">${name}</text>`
  const corners = [at(0, 0, row([0, 1, 2, 3, 4])), at(120, 0, row(order)), at(0, 70, made([0, 1, 2, 3, 4])), at(120, 70, made(order))]
  const arrows = [arrow(90, 30, 0, 'g'), arrow(90, 100, 0, 'g'), arrow(30, 65, 90, 'f'), arrow(150, 65, 90, 'f')]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 130" width="360" height="260" role="img" aria-label="f after g and g after f give the same"><!-- made by apps/site/src/symmetry-pictures.ts --><title>f after g and g after f give the same</title>${corners.join('')}${arrows.join('')}</svg>\n`
}

const sharing = (group: string): string => `${sharingSvg(sharingScheme(parseGroup(group), parseGroup(group)), { title: group }).trim()}\n`

/** The pictures of the pages of concepts and theory by name. */
export const lawPictures: Readonly<Record<string, string>> = {
  'commuting-square': commutingSquare(),
  'sharing-ring': sharing('D8'),
  'sharing-graph': sharing('S4 on pairs'),
  'sharing-set-of-signals': sharing('S3 x C4 on pairs'),
  'sharing-torus': sharing('T(4,4)'),
}
