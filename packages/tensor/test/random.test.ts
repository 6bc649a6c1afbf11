import { philox, Random } from '@equivar/tensor/random'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const words = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16))

describe('philox', () => {
  // The file kat_vectors of Random123, lines philox4x32 10: counter, key, block.
  test.each([
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published answer for counter %s and key %s', (counter, key, block) => {
    expect([...philox(words(counter), words(key))]).toEqual(words(block))
  })

  test('agrees with the same rounds in exact integers', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff })
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        expect([...philox(counter, key)]).toEqual(exactPhilox(counter, key))
      }),
      { seed: 1 },
    )
  })
})

function exactPhilox(counter: number[], key: number[]): number[] {
  const mask = 0xffffffffn
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint]
  let [k0, k1] = key.map(BigInt) as [bigint, bigint]
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd2511f53n * c0
    const product1 = 0xcd9e8d57n * c2
    ;[c0, c1, c2, c3] = [(product1 >> 32n) ^ c1 ^ k0, product1 & mask, (product0 >> 32n) ^ c3 ^ k1, product0 & mask]
    k0 = (k0 + 0x9e3779b9n) & mask
    k1 = (k1 + 0xbb67ae85n) & mask
  }
  return [c0, c1, c2, c3].map(Number)
}

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.word())

describe('Random', () => {
  test('reads the blocks of its key in the order of the counter', () => {
    const random = new Random({ seed: 0x0123456789abcdefn, stream: 7, index: 9 })
    const key = [0x89abcdef, 0x01234567]
    expect(draw(random, 8)).toEqual([...philox([0, 0, 9, 7], key), ...philox([1, 0, 9, 7], key)])
    expect(random.position).toBe(8)
  })

  test('continues from any position, also beyond 2^32 blocks', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(40), (seed, position) => {
        const all = draw(new Random({ seed, stream: 'a' }), position + 5)
        expect(draw(new Random({ seed, stream: 'a', position }), 5)).toEqual(all.slice(position))
      }),
      { seed: 2 },
    )
    const far = new Random({ seed: 3, position: 4 * (5 * 2 ** 32 + 6) })
    expect(draw(far, 4)).toEqual([...philox([6, 5, 0, 0], [3, 0])])
  })

  test('gives the numbers that the same rules give in exact integers elsewhere', () => {
    const random = new Random({ seed: 1, stream: 'shuffle', index: 2 })
    expect([...random.permutation(10)]).toEqual([9, 4, 3, 0, 5, 7, 1, 2, 6, 8])
    expect(random.uniform()).toBe(0.5284882481801384)
  })

  test('seeds, streams and indices give different numbers', () => {
    const first = [
      { seed: 1 },
      { seed: 2 },
      { seed: 1, stream: 1 },
      { seed: 1, stream: 'dropout' },
      { seed: 1, index: 1 },
      { seed: 1n << 32n },
    ]
    const numbers = first.map((options) => draw(new Random(options), 2).join())
    expect(new Set(numbers).size).toBe(first.length)
  })

  test('uniforms fill [0, 1): mean 1/2, variance 1/12, ten equal bins', () => {
    const random = new Random({ seed: 4 })
    const count = 100_000
    const bins = new Array<number>(10).fill(0)
    let sum = 0
    let squares = 0
    let inside = true
    for (let i = 0; i < count; i++) {
      const u = random.uniform()
      inside &&= u >= 0 && u < 1
      bins[Math.floor(10 * u)]!++
      sum += u
      squares += (u - 0.5) ** 2
    }
    expect(inside).toBe(true)
    expect(Math.abs(sum / count - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count))
    expect(Math.abs(squares / count - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / count))
    expect(chiSquare(bins)).toBeLessThan(27.9) // 9 degrees of freedom, 0.1 %
  })

  test('normals have the first four moments of a normal distribution', () => {
    const random = new Random({ seed: 5 })
    const count = 100_000
    const moments = [0, 0, 0, 0]
    for (let i = 0; i < count; i++) {
      const x = random.normal()
      for (let k = 0; k < 4; k++) moments[k]! += x ** (k + 1) / count
    }
    // The variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
    const deviations = [0, 1, 0, 3].map((expected, k) => Math.abs(moments[k]! - expected) / Math.sqrt([1, 2, 15, 96][k]! / count))
    expect(Math.max(...deviations)).toBeLessThan(5)
  })

  test('integers are below n, and each as likely as any other', () => {
    const random = new Random({ seed: 6 })
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++
    expect(chiSquare(counts)).toBeLessThan(22.5) // 6 degrees of freedom, 0.1 %
    expect(random.integer(1)).toBe(0)
    const large = 3 * 2 ** 30 // a quarter of all words is rejected: a biased draw would favour the low third
    const thirds = [0, 0, 0]
    for (let i = 0; i < 30_000; i++) thirds[Math.floor(random.integer(large) / 2 ** 30)]!++
    expect(chiSquare(thirds)).toBeLessThan(13.9) // 2 degrees of freedom, 0.1 %
    expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32)
  })

  test('an integer below a power of two takes the high bits of one word, and none is rejected', () => {
    for (const bits of [1, 8, 31, 32]) {
      const [random, words] = [new Random({ seed: 8 }), new Random({ seed: 8 })]
      for (let i = 0; i < 40; i++) expect(random.integer(2 ** bits)).toBe(Math.floor(words.word() / 2 ** (32 - bits)))
      expect(random.position).toBe(40)
    }
  })

  test('permutations hold every number once, and every order of four is as likely as any other', () => {
    const random = new Random({ seed: 7 })
    expect([...random.permutation(1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(random.permutation(0)).toHaveLength(0)
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    expect(chiSquare([...counts.values()])).toBeLessThan(49.7) // 23 degrees of freedom, 0.1 %
  })

  test.each([
    [
      () => new Random({ seed: -1 }),
      'Random: expected seed to be an integer from 0 to 2^53 - 1, or a bigint below 2^64, received -1. Same seed',
    ],
    [() => new Random({ seed: 1.5 }), 'received 1.5'],
    [() => new Random({ seed: 1n << 64n }), 'received 18446744073709551616n'],
    [() => new Random({ seed: 1, stream: 2 ** 32 }), 'Random: expected stream to be an integer from 0 to 4294967295, received 4294967296.'],
    [() => new Random({ seed: 1, index: -1 }), 'Random: expected index'],
    [() => new Random({ seed: 1, position: 0.5 }), 'Random: expected position'],
    [() => new Random({ seed: 1 }).integer(0), 'Random.integer: expected n to be an integer from 1 to 2^32, received 0.'],
    [() => new Random({ seed: 1 }).permutation(-1), 'Random.permutation: expected n to be an integer from 0 to 2^32 - 1, received -1.'],
  ])('says what is wrong with a number that it cannot use', (make, message) => {
    expect(make).toThrow(RangeError)
    expect(make).toThrow(message)
  })
})

function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
