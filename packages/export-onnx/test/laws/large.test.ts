import { test } from 'vitest'
import { expectLaw } from '../../../tensor/test/law/pass.ts'
import { signalsAsRows } from '../../src/convolution-quirks.ts'
import { numbersAsRows } from '../../src/numbers-as-rows.ts'
import * as quirks from '../../src/quirks.ts'
import { sumsAsProducts } from '../../src/sums.ts'
import { expectSameSums } from '../same-sums.ts'

test.each<[string, ...Parameters<typeof expectLaw>]>([
  ['slopesAsHardSigmoids', quirks.slopesAsHardSigmoids, ['a slope of relu', 'pooling of relu']],
  ['onesOverAsReciprocals', quirks.onesOverAsReciprocals, ['binary', 'constant'], 20, 0],
  ['emptyEinsumsAsZeros', quirks.emptyEinsumsAsZeros, ['einsum'], 40, 3],
  ['emptyProductsAsZeros', quirks.emptyProductsAsZeros, ['matMul'], 100, 3],
  ['guardedEmptyProducts', quirks.guardedEmptyProducts, ['products of transposes, perhaps empty']],
  ['signalsAsRows', signalsAsRows, ['conv'], 100, 3],
  [
    'float32InPlaceOfFloat16',
    quirks.float32InPlaceOfFloat16,
    ['scatterND', 'scatterElements', 'eyeLike', 'oneHot', 'segments'],
    40,
    20,
    ['float16'],
  ],
  ['oneHotOfInt64', quirks.oneHotOfInt64, ['oneHot']],
  ['whereOfBooleans', quirks.whereOfBooleans, ['where'], 40, 4],
  ['rowsByInt64', quirks.rowsByInt64, ['gather', 'gradient'], 100, 1],
  ['numbersAsRows', numbersAsRows, ['gather'], 150, 1],
  ['sumsAsProducts', sumsAsProducts, ['reduce'], 150, 8],
])('%s changes no value of random programs', (_, ...law) => expectLaw(...law))

test.each([
  [2, 3, 4099],
  [1, 5, 4096],
  [0, 2, 4096],
  [2, 0, 4097],
])('sums in stages and as products have the values of the reference: [%i, %i, %i]', (...shape) => {
  for (const axis of [[0], [0, 2], [1], [0, 1], [0, 1, 2], [2]]) {
    expectSameSums(shape, shape, axis)
    expectSameSums(shape, ['n', shape[1], 'l'], axis)
    expectSameSums(shape, ['n', ...shape.slice(1)], axis)
  }
})
