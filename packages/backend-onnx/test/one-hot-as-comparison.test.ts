import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { after, before, expectLaw } from '../../tensor/test/law/pass.ts'
import { oneHotAsComparison } from '../src/passes/one-hot-as-comparison.ts'

const [i, few, size] = [t.input('i', 'int64', ['n']), t.input('few', 'int32', [7]), t.input('size', 'float32', ['k'])]
const result = (y: t.Tensor): string => after(oneHotAsComparison, y, [i, few, size])

test('before and after', () => {
  const y = t.oneHot(i, 3)
  expect(before(y, [i])).toBe('OneHot(3, 1, float32)(i)')
  const places = 'Unsqueeze([1])(Where(Less(i, int64 0), Add(i, int64 3), i))'
  expect(result(y)).toBe(`Cast(float32)(Equal(${places}, int64 [0 1 2]))`)
})

test.each<[string, t.Tensor]>([
  ['another axis', t.oneHot(i, 3, { axis: 0 })],
  ['few numbers', t.oneHot(few, 3)],
  ['a symbol as number of places', t.oneHot(i, 'k')],
  ['more places than a constant should have', t.oneHot(i, 5000)],
])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, [i, few, size])))

test('changes no value of random programs', () => expectLaw(oneHotAsComparison, ['oneHot'], 40, 1))

test('ONNX Runtime gives what the reference gives, for indices within, from the end and beyond', async () => {
  const [wide, narrow] = [t.input('wide', 'int64', ['n']), t.input('narrow', 'int32', ['n', 2])]
  const program = t.program({
    inputs: { wide, narrow },
    outputs: { ofWide: t.oneHot(wide, 5), ofNarrow: t.oneHot(narrow, 4, { dtype: 'int64' }), truth: t.oneHot(wide, 1, { dtype: 'bool' }) },
  })
  const executable = await onnxBackend({ threads: 1 }).compile(program)
  for (const n of [0, 1, 13]) {
    const feeds = {
      wide: t.tensorValue(
        'int64',
        [n],
        Float64Array.from({ length: n }, (_, k) => k - 6),
      ),
      narrow: t.tensorValue(
        'int32',
        [n, 2],
        Int32Array.from({ length: 2 * n }, (_, k) => k - 12),
      ),
    }
    const [expected, found]: [Record<string, t.TensorValue>, t.Outputs] = [t.evaluate(program, feeds), await executable.run(feeds)]
    for (const [name, { data }] of Object.entries(expected))
      expect([...t.toNumbers((await found[name]?.data()) as Float32Array)]).toEqual([...t.toNumbers(data)])
  }
  await executable.dispose()
})
