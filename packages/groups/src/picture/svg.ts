import type { SharingScheme } from '../sharing/scheme.ts'
import { isBright, labelColour } from './palette.ts'

/** Options of sharingSvg. */
export interface SvgOptions {
  /** The title, shown above the picture and read by screen readers. */
  readonly title?: string
  /** The approximate width or height of the matrix in pixels, whichever is larger; 640 by default. */
  readonly size?: number
}

/** Up to this number of rows and columns, every entry shows its label and has a gap around it. */
const NUMBERED = 24

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const hex = (label: number, count: number): string =>
  `#${labelColour(label, count)
    .map((part) => part.toString(16).padStart(2, '0'))
    .join('')}`

/** For every label, the SVG path around its entries, in units of one entry. Adjacent entries of a row are merged. */
function outlines({ rows, columns, count, labels }: SharingScheme): string[] {
  const paths = Array.from({ length: count }, (): string[] => [])
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < columns; ) {
      const label = labels[row * columns + start]!
      let end = start + 1
      while (end < columns && labels[row * columns + end] === label) end++
      paths[label]!.push(`M${start} ${row}h${end - start}v1h${start - end}z`)
      start = end
    }
  }
  return paths.map((path) => path.join(''))
}

function numbers({ rows, columns, count, labels }: SharingScheme): string {
  const texts: string[] = []
  for (let p = 0; p < rows * columns; p++) {
    const label = labels[p]!
    const fill = isBright(labelColour(label, count)) ? '#000' : '#fff'
    texts.push(`<text x="${(p % columns) + 0.5}" y="${Math.floor(p / columns) + 0.5}" fill="${fill}">${label}</text>`)
  }
  return `<g font-size="0.36" font-family="sans-serif" text-anchor="middle" dominant-baseline="central">${texts.join('')}</g>`
}

function gaps({ rows, columns }: SharingScheme): string {
  const lines = [
    ...Array.from({ length: rows + 1 }, (_, row) => `M0 ${row}h${columns}`),
    ...Array.from({ length: columns + 1 }, (_, column) => `M${column} 0v${rows}`),
  ]
  return `<path d="${lines.join('')}" stroke="#fff" stroke-width="0.04" fill="none"/>`
}

/**
 * Draws a sharing matrix as SVG, in the style of papers: one colour per parameter, output points down, input points across.
 *
 * @returns a complete SVG document. Up to 24 rows and columns, each entry shows the label of its parameter.
 */
export function sharingSvg(scheme: SharingScheme, options: SvgOptions = {}): string {
  const { title = '', size = 640 } = options
  const { rows, columns, count } = scheme
  const small = rows <= NUMBERED && columns <= NUMBERED
  const scale = small ? size / Math.max(rows, columns, 1) : Math.max(1, Math.round(size / Math.max(rows, columns)))
  const [width, height] = [columns * scale, rows * scale]
  const caption = `${title}${title === '' ? '' : ': '}${count} ${count === 1 ? 'weight' : 'weights'}`
  const paths = outlines(scheme).map((path, label) => `<path fill="${hex(label, count)}" d="${path}"/>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 32}" height="${height + 56}" viewBox="0 0 ${width + 32} ${height + 56}" role="img">`,
    `<title>${escapeXml(caption)}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="16" y="26" font-size="16" font-family="sans-serif" fill="#222">${escapeXml(caption)}</text>`,
    `<g transform="translate(16 40) scale(${scale})" shape-rendering="${small ? 'auto' : 'crispEdges'}">`,
    ...paths,
    ...(small ? [gaps(scheme), numbers(scheme)] : []),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}
