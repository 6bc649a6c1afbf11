import { expect, test } from 'vitest'
import type { Answer } from '../src/answers.ts'
import { answersSection } from '../src/report-answers.ts'

const numbers = (count: number): Answer[] =>
  Array.from({ length: count }, (_, i) => ({ example: i, loss: (i * 7) % count, truth: [i, 1], predicted: [i + 0.5, 1] }))

test('numbers: a chart for each output, and the ten with the largest loss, the worst first; names are escaped', async () => {
  const html = await answersSection(numbers(30), { classes: [], areNumbers: true, nameOf: (example) => `<b>${example}</b>` })
  expect(html.match(/<svg/g)).toHaveLength(2)
  const rows = [...html.matchAll(/<tr><td>(.*?)<\/td><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map(([, ...cells]) => cells)
  expect(rows).toHaveLength(10)
  expect(rows[0]).toEqual(['&lt;b&gt;17&lt;/b&gt;', '17.000, 1.0000', '17.500, 1.0000'])
  expect(html).not.toMatch(/<b>|undefined|NaN|\[object/)
})

test('classes: only those that are wrong, by name and with the probability of the answer', async () => {
  const answers: Answer[] = [
    { example: 0, loss: 9, truth: [0], predicted: [1], probability: 0.9 },
    { example: 1, loss: 1, truth: [1], predicted: [1], probability: 0.6 },
  ]
  const html = await answersSection(answers, { classes: ['<cat>', 'dog'], areNumbers: false, nameOf: (example) => 'ab'[example] as string })
  expect(html).toContain('<tr><td>a</td><td>&lt;cat&gt;</td><td>dog (90.0 %)</td></tr>')
  expect(html).not.toMatch(/<td>b<|<svg|<cat>/)
  expect(await answersSection(answers.slice(1), { classes: ['cat', 'dog'], areNumbers: false })).toContain(
    'the model is right on every test example',
  )
})

test('elements that are chosen: by their place, without a chart', async () => {
  const html = await answersSection([{ example: 3, loss: 1, truth: [2], predicted: [0], probability: 0.5 }], {
    classes: [],
    areNumbers: false,
  })
  expect(html).toContain('<tr><td>test example 3</td><td>2</td><td>0 (50.0 %)</td></tr>')
  expect(html).not.toContain('<svg')
})

test('without answers, or with numbers that are none, there is no section', async () => {
  expect(await answersSection([], { classes: [], areNumbers: true })).toBe('')
  expect(await answersSection([{ example: 0, loss: 1, truth: [1], predicted: [Number.NaN] }], { classes: [], areNumbers: true })).toBe('')
})
