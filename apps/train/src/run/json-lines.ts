import { readFile } from 'node:fs/promises'
import { UsageError } from '../errors.ts'

/**
 * The objects in a file of JSON lines. A line that is cut off is ignored if it is the last, as a killed run leaves it.
 *
 * @param isLine - whether an object is a line of this kind of file.
 * @throws UsageError that names a damaged line before the last.
 */
export async function jsonLines<Line>(path: string, isLine: (value: Readonly<Record<string, unknown>>) => boolean): Promise<Line[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  while (lines.at(-1)?.trim() === '') lines.pop()
  return lines.flatMap((text, i) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // Not JSON.
    }
    if (typeof value === 'object' && value !== null && isLine(value as Record<string, unknown>)) return [value as Line]
    if (i === lines.length - 1) return []
    throw new UsageError(`${path}: line ${i + 1} is damaged; delete it, or start again with --overwrite`)
  })
}
