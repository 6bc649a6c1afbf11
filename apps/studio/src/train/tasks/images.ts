import { GroupEquivariantNetwork } from '@equivar/layers-grids'
import { input, type Random } from '@equivar/tensor'
import { exampleAt, type Task } from '../task.ts'
import { drawExamples } from './draw-examples.ts'

const SIDE = 14
/** Side of a cell of a glyph. */
const CELL = 3
const glyphs: Readonly<Record<string, string>> = { L: 'X..X..XXX', T: 'XXX.X..X.', U: 'X.XX.XXXX', Z: 'XX..X..XX' }
const classes = Object.keys(glyphs)
const form = { input: 'x', shape: [1, SIDE, SIDE], classes }

/** A glyph somewhere in a noisy image, turned by a right angle or not. */
function imageOf(label: number, random: Random): Float32Array {
  const cells = glyphs[classes[label] as string] as string
  const turns = random.integer(4)
  const [down, right] = [random.integer(SIDE - 3 * CELL + 1), random.integer(SIDE - 3 * CELL + 1)]
  const isInked = (row: number, column: number): boolean => {
    let [i, j] = [Math.floor((row - down) / CELL), Math.floor((column - right) / CELL)]
    if (Math.min(i, j) < 0 || Math.max(i, j) > 2) return false
    for (let k = 0; k < turns; k++) [i, j] = [j, 2 - i]
    return cells[3 * i + j] === 'X'
  }
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const ink = Number(isInked(Math.floor(at / SIDE), at % SIDE))
    return ink + 0.25 * random.normal()
  })
}

/** Which letter is on an image, however it is turned? */
export const imagesTask: Task = {
  ...form,
  title: 'Images',
  question: 'Which letter is it, however it is turned?',
  action: 'C4 on axes 2 3',
  moved: 'the image is turned by a right angle',
  network: 'Group convolutions (p4)',
  batchSize: 32,
  learningRate: 5e-3,
  data: (count) => drawExamples(form, imageOf, count),
  symmetric: () => {
    const x = input('x', 'float32', ['batch', 1, SIDE, SIDE])
    const module = new GroupEquivariantNetwork({ group: 'p4', channels: 8, kernels: [3, 3, 3], poolAfter: [1], outputs: classes.length })
    return { module, inputs: { x }, logits: () => module.forward(x) }
  },
  draw: (batch, index) => {
    const pixels = exampleAt(batch, index)
    const cell = 100 / SIDE
    return Array.from(pixels, (value, at) => {
      const opacity = Math.min(1, Math.max(0, value)).toFixed(2)
      const [x, y] = [(at % SIDE) * cell, Math.floor(at / SIDE) * cell]
      return opacity === '0.00' ? '' : `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="7.2" height="7.2" opacity="${opacity}"/>`
    }).join('')
  },
}
