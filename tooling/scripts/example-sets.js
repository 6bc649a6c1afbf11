/** The three classes of the signals task, as functions of the phase in periods. */
const shapes = [
  (/** @type {number} */ phase) => Math.sin(2 * Math.PI * phase),
  (/** @type {number} */ phase) => (phase % 1 < 0.5 ? 1 : -1),
  (/** @type {number} */ phase) => 2 * (phase % 1) - 1,
]

/**
 * One set of each class: 25 copies of one signal, 100 samples each, with noise of three times its height, as `equivar predict` reads them.
 *
 * @returns {{ x: number[][][][], mask: boolean[][] }} x [3, 25, 1, 100], mask [3, 25].
 */
export function exampleSets() {
  const setSize = 25
  const length = 100
  // Noise that is the same on every run: sums of 12 numbers in [0, 1) from a linear congruential generator, nearly normal.
  let state = 1
  const uniform = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const noise = () => 3 * (Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, 0) - 6)
  const signal = (/** @type {(phase: number) => number} */ shape) =>
    Array.from({ length }, (_, time) => 5 * (shape(4 * (time / length)) + noise()))
  return {
    x: shapes.map((shape) => Array.from({ length: setSize }, () => [signal(shape)])),
    mask: shapes.map(() => Array.from({ length: setSize }, () => true)),
  }
}
