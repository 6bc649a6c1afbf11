/**
 * Times a function: one first run, then `runs` more.
 *
 * @param {() => unknown} work
 * @param {number} runs
 * @returns {{ first: number, median: number }} milliseconds: the first run, before the engine has compiled the function, and the median of the others.
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

const column = (value) => (value === undefined ? '-' : typeof value === 'number' ? value.toFixed(2) : value).padStart(11)

/**
 * Prints one line of a table.
 *
 * @param {string} name
 * @param {(string | number | undefined)[]} values
 */
export function line(name, ...values) {
  process.stdout.write(`${name.padEnd(48)}${values.map(column).join('')}\n`)
}
