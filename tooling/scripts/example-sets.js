/** The three classes of the signals task, as functions of the phase in periods. */
const shapes = [
  (/** @type {number} */ phase) => Math.sin(2 * Math.PI * phase),
  (/** @type {number} */ phase) => (phase % 1 < 0.5 ? 1 : -1),
  (/** @type {number} */ phase) => 2 * (phase % 1) - 1,
]

/**
 * One clean set of each class: 25 copies of one signal, 100 samples each, shifted in time, as `equivar predict` reads them.
 *
 * @returns {{ x: number[][][][], mask: boolean[][] }} x [3, 25, 1, 100], mask [3, 25].
 */
export function exampleSets() {
  const setSize = 25
  const length = 100
  const signal = (/** @type {(phase: number) => number} */ shape, /** @type {number} */ shift) =>
    Array.from({ length }, (_, time) => 5 * shape(4 * (time / length) + shift))
  return {
    x: shapes.map((shape) => Array.from({ length: setSize }, (_, element) => [signal(shape, element / setSize)])),
    mask: shapes.map(() => Array.from({ length: setSize }, () => true)),
  }
}
