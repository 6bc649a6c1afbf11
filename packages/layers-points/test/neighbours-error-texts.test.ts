import { expect, test } from 'vitest'
import { nearestNeighbours, radiusGraph } from '../src/index.ts'

test.each<[() => unknown, string]>([
  [() => radiusGraph([1, 2], 1), 'radiusGraph: expected three coordinates for each point, received 2 numbers.'],
  [() => radiusGraph([0, 0, 0, 1, Infinity, 2], 1), 'radiusGraph: expected finite coordinates, received Infinity at point 1.'],
  [() => radiusGraph([0, 0, 0], 0), 'radiusGraph: expected a positive radius, received 0.'],
  [() => radiusGraph([0, 0, 0], Infinity), 'radiusGraph: expected a positive radius, received Infinity.'],
  [() => nearestNeighbours([0, 0, 0], -1), 'nearestNeighbours: expected an integer k of at least 0, received -1.'],
  [() => nearestNeighbours([0, 0], 1), 'nearestNeighbours: expected three coordinates for each point, received 2 numbers.'],
  [() => nearestNeighbours([0, 0, 0], 1, { batch: [] }), 'nearestNeighbours: expected the structure of each of 1 points, received 0.'],
  [
    () => radiusGraph([0, 0, 0, 1, 1, 1], 1, { batch: [1, 0] }),
    'radiusGraph: expected structures numbered from 0 in ascending order, received 0 at point 1.',
  ],
  [
    () => radiusGraph([0, 0, 0], 1, { batch: [0.5] }),
    'radiusGraph: expected structures numbered from 0 in ascending order, received 0.5 at point 0.',
  ],
  [
    () => radiusGraph([0, 0, 0], 1, { batch: [-1] }),
    'radiusGraph: expected structures numbered from 0 in ascending order, received -1 at point 0.',
  ],
  [
    () => radiusGraph([0, 0, 0], 1, { cell: [1, 2] }),
    'radiusGraph: expected a cell of nine finite numbers, a lattice vector in each row, received 2 numbers.',
  ],
  [
    () => radiusGraph([0, 0, 0], 1, { cell: [1, 0, 0, 0, 1, 0, 0, 0, Number.NaN] }),
    'radiusGraph: expected a cell of nine finite numbers, a lattice vector in each row, received 9 numbers.',
  ],
  [
    () => radiusGraph([0, 0, 0], 1, { cell: [1, 0, 0, 0, 1, 0, 1, 1, 0] }),
    'radiusGraph: expected three lattice vectors that do not lie in one plane, received [1, 0, 0, 0, 1, 0, 1, 1, 0].',
  ],
])('%#', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ message }))
})
