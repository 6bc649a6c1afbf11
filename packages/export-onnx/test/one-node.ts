import { evaluate, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node } from './hand-made-files.ts'

export type Attributes = NonNullable<Parameters<typeof node>[3]>

/** Numbers without symmetry. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * i * 7 + 3 * i) % 13) - 5 + i / 8)
/** Such numbers in a shape. */
export const value = (...shape: number[]): TensorValue => tensorValue('float32', shape, numbers(shape.reduce((n, d) => n * d, 1)))
/** A list of integers of a file. */
export const whole = (name: string, ...values: number[]) => integers(name, [values.length], values)

/** What one node gives for inputs of these shapes; other operands are numbers of the file. */
export function result(
  opType: string,
  shapes: Readonly<Record<string, number[]>>,
  operands: readonly string[],
  attributes: Attributes = {},
  outputs = 1,
) {
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`)
  const bytes = file({
    input: Object.entries(shapes).map(([name, shape]) => declared(name, shape)),
    initializer: [
      ...[
        whole('zero', 0),
        whole('one', 1),
        whole('two', 2),
        whole('minus', -1),
        whole('pair', 0, 2),
        whole('back', 2, -1),
        whole('last', 9, -9),
      ],
      ...[
        integers('scalar', [], [1]),
        integers('none', [0], []),
        whole('pads', 1, 0, 2, 1),
        floats('fill', [], [7]),
        whole('negative', -2, -3),
      ],
      ...[floats('bounds', [2], [4, 9]), floats('low', [], [-1]), floats('high', [], [2]), whole('to', 2, 3), whole('rows', 0, 3)],
    ].filter(({ name = '' }) => operands.includes(name)),
    node: [node(opType, operands, names, attributes)],
    output: names.map((name) => declared(name)),
  })
  const { program } = importOnnx(bytes, { frozen: true })
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, value(...shape)]))
  const found = evaluate(program, feeds)
  return names.map((name) => ({ shape: found[name]?.shape, data: Array.from(found[name]?.data ?? [], (v) => v + 0) }))
}
/** The numbers that one node gives. */
export const only = (...given: Parameters<typeof result>): number[] => result(...given)[0]!.data
/** Numbers that are equal to these up to rounding. */
export const close = (expected: readonly number[]): unknown[] => expected.map((v) => expect.closeTo(v, 6))
