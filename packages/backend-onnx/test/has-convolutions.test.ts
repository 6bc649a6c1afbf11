import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { hasConvolutions, hasEmptyImages } from '../src/has-convolutions.ts'

const images = t.input('images', 'float32', ['b', 1, 'n', 4])
const kernel = t.input('kernel', 'float32', [1, 1, 1, 1])
const programOf = (y: t.Tensor): t.Program => t.program({ inputs: { images, kernel }, outputs: { y } })
const sizes = (given: Readonly<Record<string, number>>): t.Binding => new Map(Object.entries(given))
const convolved = programOf(t.conv(images, kernel))
const pooled = programOf(t.maxPool(images, { kernel: [2, 1], strides: [2, 1], pads: [0, 0, 1, 0] }))

test('a pooling is no convolution', () => expect([convolved, pooled].map(hasConvolutions)).toEqual([true, false]))

test.each<[string, t.Program, Record<string, number>, boolean]>([
  ['a convolution of no pixels', convolved, { b: 2, n: 0 }, true],
  ['a pooling of no pixels', pooled, { b: 2, n: 0 }, true],
  ['one pixel', pooled, { b: 2, n: 1 }, false],
  ['no images', convolved, { b: 0, n: 3 }, false],
  ['a size that only the run tells', convolved, { b: 2 }, false],
  ['no convolution', programOf(t.relu(images)), { b: 2, n: 0 }, false],
])('images without pixels: %s', (_, program, given, empty) => expect(hasEmptyImages(program)(sizes(given))).toBe(empty))
