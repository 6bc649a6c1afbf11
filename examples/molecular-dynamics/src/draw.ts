import type { Atoms } from './atoms.ts'

/** A line of a chart: a number for each step. */
export interface Line {
  readonly values: readonly number[]
  /** The name of a colour of the page: `--accent`. */
  readonly color: string
}

/** More points than this on a line would lie on each other. */
const DRAWN = 800

/** An empty canvas as sharp as the screen, in units of the page. */
function cleared(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  canvas.width = width * devicePixelRatio
  canvas.height = height * devicePixelRatio
  context.scale(devicePixelRatio, devicePixelRatio)
  return { context, width, height }
}

const colorOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name)

/** The colours of the page are pairs for light and dark, which a canvas takes only once they are a text colour. */
function resolved(canvas: HTMLCanvasElement, name: string): string {
  canvas.style.color = colorOf(name)
  return getComputedStyle(canvas).color
}

/** Draws lines over time, with the smallest and the largest value at the side. @param end - the time at the right end in fs, of the step `steps`. */
export function drawLines(canvas: HTMLCanvasElement, lines: readonly Line[], { steps, end }: { steps: number; end: number }): void {
  const { context, width, height } = cleared(canvas)
  const [left, below] = [64, 22]
  const stride = Math.max(1, Math.ceil((lines[0]?.values.length ?? 0) / DRAWN))
  const shown = lines.map(({ values, color }) => ({ values: values.filter((_, i) => i % stride === 0), color }))
  const all = shown.flatMap(({ values }) => values)
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)]
  const span = most - least || 1
  const x = (i: number): number => left + ((width - left - 4) * i * stride) / steps
  const y = (value: number): number => 8 + ((height - below - 16) * (most - value)) / span
  context.font = '12px system-ui, sans-serif'
  context.textBaseline = 'middle'
  for (const value of [least, 0, most]) {
    context.strokeStyle = resolved(canvas, '--line')
    context.beginPath()
    context.moveTo(left, y(value))
    context.lineTo(width, y(value))
    context.stroke()
    if (value === 0 && Math.min(most, -least) < 0.1 * span && least * most !== 0) continue
    context.fillStyle = resolved(canvas, '--soft')
    context.textAlign = 'right'
    context.fillText(value === 0 ? '0' : value.toPrecision(2), left - 6, y(value))
  }
  context.textAlign = 'right'
  context.fillText(`${(end / 1000).toPrecision(3)} ps`, width - 4, height - 8)
  context.lineWidth = 1.5
  for (const { values, color } of shown) {
    context.strokeStyle = resolved(canvas, color)
    context.beginPath()
    values.forEach((value, i) => {
      context.lineTo(x(i), y(value))
    })
    context.stroke()
  }
}

/** Radius in angstrom and colour of the balls. */
const balls: Readonly<Record<string, readonly [radius: number, color: string]>> = {
  H: [0.4, '#d8dbe6'],
  C: [0.7, '#6b7080'],
  N: [0.7, '#4867e8'],
  O: [0.7, '#e0483e'],
  Ar: [1.6, '#35b3b0'],
}

/** Draws atoms as balls, seen along the z axis. */
export function drawAtoms(canvas: HTMLCanvasElement, { elements, positions }: Atoms): void {
  const { context, width, height } = cleared(canvas)
  const atoms = elements.map((element, i) => ({ element, place: positions.slice(3 * i, 3 * i + 3) }))
  const centre = [0, 1, 2].map((axis) => atoms.reduce((sum, { place }) => sum + place[axis]! / atoms.length, 0))
  const reach = atoms.reduce((most, { place }) => Math.max(most, ...place.map((x, axis) => Math.abs(x - centre[axis]!))), 1) + 2
  const scale = Math.min(width, height) / (2 * reach)
  for (const { element, place } of atoms.sort((a, b) => a.place[2]! - b.place[2]!)) {
    const [radius, color] = balls[element] ?? [0.9, '#b07cd8']
    const [x, y] = [width / 2 + scale * (place[0]! - centre[0]!), height / 2 - scale * (place[1]! - centre[1]!)]
    const light = context.createRadialGradient(x - 0.4 * radius * scale, y - 0.4 * radius * scale, 0, x, y, radius * scale)
    light.addColorStop(0, '#ffffff')
    light.addColorStop(0.25, color)
    light.addColorStop(1, '#20242f')
    context.fillStyle = light
    context.beginPath()
    context.arc(x, y, radius * scale, 0, 2 * Math.PI)
    context.fill()
  }
}
