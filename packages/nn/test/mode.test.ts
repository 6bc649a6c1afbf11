import { constant, evaluate, input, program } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { buffer, Dropout, isTraining, trace, updateBuffer } from '../src/index.ts'

const x = input('x', 'float32', [2000])
const ones = { x: { dtype: 'float32', shape: [2000], data: new Float64Array(2000).fill(1) } } as const

describe('trace', () => {
  test('sets training while the expression is built, restores it after an error, and can be nested', () => {
    const seen: boolean[] = [isTraining()]
    trace({ training: true }, () => {
      seen.push(isTraining())
      trace({ training: false }, () => seen.push(isTraining()))
      seen.push(isTraining())
    })
    expect(() =>
      trace({ training: true }, () => {
        throw new Error('no layer')
      }),
    ).toThrow('no layer')
    expect([...seen, isTraining()]).toEqual([false, true, false, true, false])
  })

  test('each trace collects the next values of buffers; outside of a trace nothing is recorded', () => {
    const mean = buffer([1], 0)
    updateBuffer(mean, constant([3]))
    const { updates } = trace({ training: true }, () => updateBuffer(mean, constant([5])))
    expect(updates.size).toBe(1)
    const next = updates.get(mean) ?? constant([0])
    expect([...(evaluate(program({ inputs: {}, outputs: { next } }), {}).next?.data ?? [])]).toEqual([5])
    expect(trace({ training: true }, () => 1).updates.size).toBe(0)
  })
})

describe('dropout', () => {
  const dropout = new Dropout({ rate: 0.25 })
  const seed = (number: number) => constant(number, [], 'int64')
  const dropped = (number: number, times = 1): number[][] => {
    const { result } = trace({ training: true, seed: seed(number) }, () => Array.from({ length: times }, () => dropout.forward(x)))
    const outputs = Object.fromEntries(result.map((y, i) => [`y${i}`, y]))
    return Object.values(evaluate(program({ inputs: { x }, outputs }), ones)).map(({ data }) => [...data])
  }

  test('requires a seed in training, but not in inference or for rate 0', () => {
    const training = (layer: Dropout) => () => trace({ training: true }, () => layer.forward(x))
    expect(training(dropout)).toThrow(
      'Dropout: expected a seed, an int64 scalar, received none. Pass it to trace({ training: true, seed }, ...).',
    )
    expect(training(new Dropout({ rate: 0 }))().result).toBe(x)
    expect(dropout.forward(x)).toBe(x)
    expect(trace({ training: false }, () => dropout.forward(x)).result).toBe(x)
  })

  test('with rate 1/4, drops a quarter of the elements and divides the others by 3/4', () => {
    const [y = []] = dropped(1)
    const kept = y.filter((v) => v !== 0)
    expect(kept.length / y.length).toBeCloseTo(0.75, 1)
    for (const v of kept) expect(v).toBeCloseTo(1 / 0.75, 2)
    expect(y.reduce((sum, v) => sum + v, 0) / y.length).toBeCloseTo(1, 1)
  })

  test('depends on the seed, and differs between layers with the same seed', () => {
    expect(dropped(1)).toEqual(dropped(1))
    expect(dropped(1)).not.toEqual(dropped(2))
    const [first, second] = dropped(1, 2)
    expect(first).not.toEqual(second)
    expect([first]).toEqual(dropped(1))
  })

  test('refuses rates outside [0, 1)', () => {
    for (const rate of [1, -0.1, Number.NaN])
      expect(() => new Dropout({ rate })).toThrow(`Dropout: expected a rate in [0, 1), received ${rate}.`)
  })
})
