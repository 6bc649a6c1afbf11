import {
  denseGraphs,
  digitSums,
  fitAtomicEnergies,
  type Graph,
  imageDataset,
  type Molecule,
  moleculeDataset,
  oddDigits,
  padSets,
  setDataset,
  subset,
} from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { close, images, list, pixels, upTo } from './small-images.ts'

const refused = (run: () => unknown, message: string): void => expect(run).toThrow(new RangeError(message))
const graphOf = (nodes: number, pairs: readonly (readonly [number, number])[], more: object = {}): Graph => ({
  nodes,
  edges: { sources: Int32Array.from(pairs, ([a]) => a), targets: Int32Array.from(pairs, ([, b]) => b), ...more },
})

describe('indices of examples', () => {
  const data = setDataset({ ...padSets([[1], [2, 3]], [1]), y: [5, 6] })
  test.each([-1, 2, 0.5, Number.NaN])('%f is none', (index) => {
    refused(() => data.batch([0, index]), `setDataset: expected example indices from 0 to 1, received ${index} at position 1.`)
    refused(() => subset(data, [index]), `subset: expected example indices from 0 to 1, received ${index} at position 0.`)
  })

  test('a subset has the sizes of its examples, and classes if there are any', () => {
    const graphs = denseGraphs({ graphs: [graphOf(2, []), graphOf(5, []), graphOf(3, [])], y: [1, 2, 3] })
    const part = subset(graphs, [2, 1, 1])
    expect([part.sizes, part.length, list(part.batch([0, 2]).target)]).toEqual([Int32Array.of(3, 5, 5), 3, [3, 2]])
    expect(part).not.toHaveProperty('classes')
    expect(subset(data, [1])).not.toHaveProperty('sizes')
    expect(subset(subset(data, [1, 0]), [1]).batch([0]).target).toEqual(data.batch([0]).target)
  })
})

describe('sets and images', () => {
  test('labels and positions are whole numbers in their range', () => {
    const padded = padSets([[1, 2], [3]], [1])
    refused(() => setDataset({ ...padded, positions: [0, 0.5] }), 'setDataset: expected a position from 0 to 0 for set 1, received 0.5.')
    refused(() => setDataset({ ...padded, positions: [-1, 0] }), 'setDataset: expected a position from 0 to 1 for set 0, received -1.')
    refused(() => setDataset({ ...padded, positions: [2, 0] }), 'setDataset: expected a position from 0 to 1 for set 0, received 2.')
    refused(
      () =>
        padSets(
          [
            [1, 2],
            [1, 2, 3],
          ],
          [2],
        ),
      'padSets: expected elements of 2 numbers in set 1, received 3 numbers.',
    )
    refused(() => padSets([[]], [0]), 'padSets: expected elements of 0 numbers in set 0, received 0 numbers.')
    expect(padSets([[], [1]], [])).toEqual({
      elements: Float32Array.of(0, 1),
      elementShape: [],
      maximumSize: 1,
      sizes: Int32Array.of(0, 1),
    })
    const named = setDataset({ ...padded, labels: Int32Array.of(1, 0), classes: ['a', 'b'] })
    expect([named.classes, named.labels]).toEqual([['a', 'b'], Int32Array.of(1, 0)])
  })

  test('images: which arrays they are made of', () => {
    const bytes = { shape: [2, 1, 2], data: Uint8Array.of(0, 255, 51, 102) }
    const labels = { shape: [2], data: Uint8Array.of(0, 2) }
    expect(imageDataset(bytes, labels).classes).toEqual(['0', '1', '2'])
    expect(imageDataset(bytes, labels, ['a', 'b', 'c', 'd']).classes).toEqual(['a', 'b', 'c', 'd'])
    const expected = 'imageDataset: expected bytes [images, height, width] and labels [images], received'
    refused(() => imageDataset({ ...bytes, shape: [4, 1] }, labels), `${expected} [4, 1] and [2].`)
    refused(() => imageDataset({ ...bytes, shape: [2, 1, 1, 1, 1, 2] }, labels), `${expected} [2, 1, 1, 1, 1, 2] and [2].`)
    expect(imageDataset({ ...bytes, shape: [2, 1, 1, 1, 2] }, labels).batch([1]).x.shape).toEqual([1, 1, 1, 1, 2])
    refused(() => imageDataset({ ...bytes, data: Int8Array.of(1, 2, 3, 4) }, labels), `${expected} [2, 1, 2] and [2].`)
    refused(() => imageDataset(bytes, { ...labels, shape: [2, 1] }), `${expected} [2, 1, 2] and [2, 1].`)
    refused(() => imageDataset(bytes, { ...labels, shape: [3] }), `${expected} [2, 1, 2] and [3].`)
    refused(() => imageDataset(bytes, { shape: [2], data: Int8Array.of(0, -1) }), 'imageDataset: expected labels below 1, received -1.')
    refused(() => imageDataset(bytes, labels, ['a', 'b']), 'imageDataset: expected labels below 2, received 2.')
    refused(() => imageDataset(bytes, labels).batch([2]), 'imageDataset: expected example indices from 0 to 1, received 2 at position 0.')
    expect(imageDataset({ shape: [0, 1, 1], data: new Uint8Array(0) }, { shape: [0], data: new Uint8Array(0) }).classes).toEqual([])
  })

  test('sets of images keep channels, and are padded with 0', () => {
    const data = digitSums(images, { count: 5, smallest: 1, largest: 3, seed: 2 })
    const random = new Random({ seed: 2, stream: 'digit sums' })
    const sets = upTo(5).map(() => Array.from({ length: 1 + random.integer(3) }, () => random.integer(7)))
    const { x, target } = data.batch(upTo(5))
    expect(x?.shape).toEqual([5, 3, 2, 2, 3])
    expect(list(x)).toEqual(sets.flatMap((set) => upTo(3).flatMap((k) => (set[k] === undefined ? new Array(12).fill(0) : pixels(set[k])))))
    expect(list(target)).toEqual(sets.map((set) => set.reduce((sum, i) => sum + images.labels[i]!, 0)))
    refused(() => data.batch([5]), 'imageSets: expected example indices from 0 to 4, received 5 at position 0.')
    refused(
      () => digitSums(images, { count: 1, smallest: 0.5, largest: 2, seed: 1 }),
      'digitSums: expected sizes 0 <= smallest <= largest, received 0.5 and 2.',
    )
    expect(oddDigits(images, { count: 2, size: 3, seed: 1 }).batch([1]).x?.shape).toEqual([1, 3, 2, 2, 3])
    refused(() => oddDigits(images, { count: 1, size: 2, seed: 1 }), 'oddDigits: expected sets of at least 3 images, received 2.')
  })
})

describe('molecules', () => {
  const atoms: Molecule = { elements: ['O', 'H', 'N'], positions: Float64Array.of(0, 0.5, 1, 2, -1, 0.25, -0.5, 3, 1), properties: {} }
  const pair: Molecule = { elements: ['N', 'N'], positions: Float64Array.of(0, 0, 0, 0, 1.5, 0), properties: {} }
  test('every pair of atoms has 1 / d, its Coulomb entry and Gaussians of d', () => {
    const data = moleculeDataset([pair, atoms], [7, 8], ['H', 'N', 'O'])
    const { x, adj, mask, target } = data.batch([0, 1])
    const charges: Record<string, number> = { H: 1, N: 7, O: 8 }
    const [centres, widths] = [
      [0.9, 1.2, 1.5, 1.9, 2.4, 3, 4, 5.5],
      [0.15, 0.15, 0.2, 0.25, 0.3, 0.4, 0.7, 1],
    ]
    const channels = (molecule: Molecule, i: number, j: number): unknown[] => {
      if (i === j || i >= molecule.elements.length || j >= molecule.elements.length) return new Array(10).fill(0)
      const d = Math.hypot(...upTo(3).map((k) => molecule.positions[3 * i + k]! - molecule.positions[3 * j + k]!))
      const coulomb = (charges[molecule.elements[i]!]! * charges[molecule.elements[j]!]!) / d / 36
      return close([1 / d, coulomb, ...centres.map((centre, k) => Math.exp(-((d - centre) ** 2) / (2 * widths[k]! ** 2)))])
    }
    expect(adj?.shape).toEqual([2, 3, 3, 10])
    expect(list(adj)).toEqual([pair, atoms].flatMap((molecule) => upTo(9).flatMap((at) => channels(molecule, Math.floor(at / 3), at % 3))))
    expect([x?.shape, list(x)]).toEqual([
      [2, 3, 3],
      [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0],
    ])
    expect(mask?.shape).toEqual([2, 3])
    expect([list(mask), target?.shape, list(target), data.sizes, data.length]).toEqual([
      [1, 1, 0, 1, 1, 1],
      [2, 1],
      [7, 8],
      Int32Array.of(2, 3),
      2,
    ])
    refused(() => data.batch([2]), 'moleculeDataset: expected example indices from 0 to 1, received 2 at position 0.')
  })

  test('what is no molecule is refused with the whole reason', () => {
    const of =
      (changes: Partial<Molecule>, targets = [1]) =>
      (): unknown =>
        moleculeDataset([{ ...pair, ...changes }], targets, ['N', 'O'])
    const where = 'moleculeDataset: molecule 0: expected'
    refused(of({}, []), 'moleculeDataset: expected 1 targets, received 0.')
    refused(of({ positions: new Float64Array(7) }), `${where} 2 x 3 coordinates, received 7.`)
    refused(of({ elements: ['N', 'H'] }), `${where} atoms of N, O, received "H" as atom 1.`)
    refused(
      of({ lattice: new Float64Array(9) }),
      `${where} atoms in free space, received a lattice, whose images have no place in \`adj\`.`,
    )
    refused(of({ positions: Float64Array.of(0, 0, 0, Number.NaN, 1, 1) }), `${where} finite coordinates, received others for atom 1.`)
    refused(
      of({ positions: Float64Array.of(0, 0, Number.POSITIVE_INFINITY, 1, 1, 1) }),
      `${where} finite coordinates, received others for atom 0.`,
    )
    refused(
      of({ positions: Float64Array.of(0, 0, 0, 0, 0, 0.9e-35) }),
      `${where} atoms at different places, received atoms 0 and 1 at one place.`,
    )
    expect(of({ positions: Float64Array.of(0, 0, 0, 0, 0, 1e-35) })).not.toThrow()
  })

  test('atomic energies solve the normal equations', () => {
    const made = ['HHO', 'HO', 'NNO', 'HNN', 'O', 'HHHN'].map((elements) => ({ ...pair, elements: [...elements] }))
    const energy = { H: -2, N: 5, O: -11 } as Readonly<Record<string, number>>
    const noise = [0.1, -0.2, 0.3, 0, -0.1, 0.05]
    const sums = made.map(({ elements }, m) => elements.reduce((sum, element) => sum + energy[element]!, noise[m]!))
    const fitted = fitAtomicEnergies(made, sums, ['O', 'H', 'N'])
    // The residuals are orthogonal to the counts of each element.
    const residuals = made.map(({ elements }, m) => elements.reduce((sum, element) => sum - fitted['OHN'.indexOf(element)]!, sums[m]!))
    for (const element of 'OHN')
      expect(residuals.reduce((sum, r, m) => sum + r * made[m]!.elements.filter((e) => e === element).length, 0)).toBeCloseTo(0, 6)
    expect(fitted[0]).toBeCloseTo(-11, 0)
  })
})
