import { expect, test } from 'vitest'
import { changeText } from '../src/parts/change-text.ts'
import type { News } from '../src/train/messages.ts'
import { type Change, changed, noRun } from '../src/train/run.ts'
import { doublingScale, linearScale, powerScale } from '../src/train/scales.ts'
import { defaults, settingsOf, stateOf } from '../src/train/settings.ts'

const judged: News = { type: 'judged', side: 'plain', step: 20, judged: { loss: 1, accuracy: 0.5, change: 0.1 }, predicted: [1] }
const after = (...changes: Change[]) => changes.reduce(changed, noRun())

test('a run goes through its phases and keeps what it learned', () => {
  const run = after({ type: 'start', kind: 'train' }, { type: 'started', parameters: { symmetric: 5, plain: 6 }, device: 'a GPU' })
  expect(run).toMatchObject({ phase: 'running', parameters: { symmetric: 5, plain: 6 }, device: 'a GPU' })
  const further = [{ type: 'steps', losses: [{ side: 'plain', step: 20, loss: 2 }] } as const, judged, { type: 'pause' } as const].reduce<
    typeof run
  >(changed, run)
  expect(further).toMatchObject({
    phase: 'paused',
    step: 20,
    milestones: { symmetric: [], plain: [{ step: 20, accuracy: 0.5 }] },
    predicted: { plain: [1] },
  })
  expect(further.losses.plain.raw).toEqual([[20, 2]])
  expect(changed(further, { type: 'failed', message: 'lost' })).toMatchObject({ phase: 'idle', message: 'lost', step: 20 })
})

test('a training keeps the curve of sizes, the curve keeps the training, and reset forgets both', () => {
  const size: News = { type: 'size', examples: 25, accuracy: { symmetric: 1, plain: 0 } }
  const both = after(judged, { type: 'start', kind: 'curve' }, size)
  expect(both).toMatchObject({ kind: 'curve', milestones: { plain: [{ step: 20 }] }, sizes: [size] })
  expect(changed(both, { type: 'start', kind: 'train' })).toMatchObject({ milestones: { plain: [] }, sizes: [size] })
  expect(changed(both, { type: 'start', kind: 'curve' }).sizes).toEqual([])
  expect(changed(both, { type: 'reset' })).toEqual(noRun())
})

test('settings come back from their link, and what does not fit is named', () => {
  const settings = { task: 'graphs', backend: 'onnx-wasm', examples: 1600, steps: 50, seed: 7 } as const
  expect(settingsOf(new URLSearchParams(stateOf(settings)))).toEqual({ settings, refused: [] })
  expect(stateOf(defaults)).toEqual({})
  const { settings: mended, refused } = settingsOf(new URLSearchParams('task=toString&examples=3&steps=1e3&seed=-1'))
  expect(mended).toEqual(defaults)
  expect(refused).toEqual(['task “toString”', 'examples “3”', 'steps “1e3”', 'seed “-1”'])
})

test('axes end at a round mark and place values between their ends', () => {
  expect(linearScale(1.3).ticks.map(({ label }) => label)).toEqual(['0', '0.5', '1', '1.5'])
  expect(linearScale(50, { exact: true }).place(50)).toBe(1)
  expect(linearScale(10).place(20)).toBe(1)
  expect(powerScale(-8, 0).ticks.map(({ label }) => label)).toEqual(['1', '10⁻²', '10⁻⁴', '10⁻⁶', '10⁻⁸'])
  expect([0, 1e-8, 1e-4, 1].map(powerScale(-8, 0).place)).toEqual([0, 0, 0.5, 1])
  expect(doublingScale([25, 50, 100]).place(50)).toBeCloseTo(0.5, 12)
  expect([1.24e-7, 0, 0.456, Number.NaN].map(changeText)).toEqual(['1.2 · 10⁻⁷', '0', '46 %', 'no number'])
})
