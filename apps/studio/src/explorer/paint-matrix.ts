import type { SharingScheme } from '@equivar/groups'
import { labelColour } from '@equivar/groups/picture'
import { cssInk } from '../parts/colour.ts'

/** About how many pixels the longer side of the picture has; it is shown at half of that or less. */
const SIDE = 1280
/** Up to how many rows and columns entries have gaps between them, and show the number of their weight. */
const GAPPED = 80
const NUMBERED = 24
/** How strong the colour of the other entries is while those of one weight are lit, from 0 to 255. */
const DIMMED = 56

/** Red, green and blue of each weight, one after the other. */
export function paletteOf({ count }: SharingScheme): Uint8Array {
  const palette = new Uint8Array(3 * count)
  for (let label = 0; label < count; label++) palette.set(labelColour(label, count), 3 * label)
  return palette
}

/** The entries as pixels, one each. */
function pixelsOf({ rows, columns, labels }: SharingScheme, palette: Uint8Array, lit: number | undefined): ImageData {
  const image = new ImageData(columns, rows)
  const { data } = image
  labels.forEach((label, pair) => {
    for (let part = 0; part < 3; part++) data[4 * pair + part] = palette[3 * label + part]!
    data[4 * pair + 3] = lit === undefined || lit === label ? 255 : DIMMED
  })
  return image
}

function clearGaps(context: CanvasRenderingContext2D, { rows, columns }: SharingScheme, cell: number): void {
  const gap = Math.max(1, Math.round(cell * 0.05))
  for (let row = 0; row <= rows; row++) context.clearRect(0, row * cell - gap / 2, columns * cell, gap)
  for (let column = 0; column <= columns; column++) context.clearRect(column * cell - gap / 2, 0, gap, rows * cell)
}

function writeNumbers(
  context: CanvasRenderingContext2D,
  { columns, count, labels }: SharingScheme,
  cell: number,
  lit: number | undefined,
): void {
  context.font = `${Math.min(0.4 * cell, 64)}px system-ui, sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  labels.forEach((label, pair) => {
    if (lit !== undefined && lit !== label) return
    context.fillStyle = cssInk(label, count)
    context.fillText(String(label), ((pair % columns) + 0.5) * cell, (Math.floor(pair / columns) + 0.5) * cell)
  })
}

/**
 * Paints a sharing matrix: output points down, input points across.
 *
 * @param palette - from `paletteOf`. @param lit - the weight whose entries stay bright, or none for all.
 */
export function paintMatrix(canvas: HTMLCanvasElement, scheme: SharingScheme, palette: Uint8Array, lit: number | undefined): void {
  const { rows, columns } = scheme
  const longer = Math.max(rows, columns)
  const cell = Math.max(1, Math.floor(SIDE / longer))
  canvas.width = columns * cell
  canvas.height = rows * cell
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  const small = document.createElement('canvas')
  small.width = columns
  small.height = rows
  small.getContext('2d')?.putImageData(pixelsOf(scheme, palette, lit), 0, 0)
  context.imageSmoothingEnabled = false
  context.drawImage(small, 0, 0, canvas.width, canvas.height)
  if (longer <= GAPPED) clearGaps(context, scheme, cell)
  if (longer <= NUMBERED) writeNumbers(context, scheme, cell, lit)
}
