import { expect, test } from 'vitest'
import { importOnnx, OnnxFormatError } from '../../src/index.ts'
import { declared, file, node } from '../hand-made-files.ts'

test('thousands of sizes without a name that must be equal are refused', () => {
  const bytes = file({
    input: Array.from({ length: 1001 }, (_, i) => declared(`x${i}`, [null])),
    node: Array.from({ length: 1000 }, (_, i) => node('Add', [i === 0 ? 'x0' : `s${i}`, `x${i + 1}`], [`s${i + 1}`])),
    output: [declared('s1000', [null])],
  })
  expect(() => importOnnx(bytes)).toThrow(
    new OnnxFormatError(
      'importOnnx: expected sizes with names, received more than 95 without one that must be equal to others. Give the sizes of the inputs names when the model is exported.',
    ),
  )
})
