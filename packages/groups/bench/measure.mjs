/**
 * Runs a function until it has been timed often enough and gives the median, in milliseconds. The first run counts as warm-up.
 *
 * @param {() => unknown} work
 * @param {number} runs
 * @returns {{ first: number, median: number }}
 */
export function measure(work, runs = 15) {
  const time = () => {
    const start = performance.now()
    work()
    return performance.now() - start
  }
  const first = time()
  const times = Array.from({ length: runs }, time).sort((a, b) => a - b)
  return { first, median: times[Math.floor(runs / 2)] }
}

/**
 * Prints one line of a table.
 *
 * @param {string} name
 * @param {{ first: number, median: number }} timing
 * @param {number} target
 */
export function report(name, { first, median }, target) {
  const column = (value) => value.toFixed(2).padStart(10)
  process.stdout.write(`${name.padEnd(52)}${column(first)}${column(median)}${String(target).padStart(10)}\n`)
}
