/** One law of a layer. */
export interface LayerCheck {
  /** What the law says, as the name of a test. */
  readonly name: string
  /** @throws Error (rejects) if the law does not hold, saying where. */
  run(): Promise<void>
}

/** A check, or none if there is nothing to try. */
export function checkOver<T>(name: string, cases: readonly T[], run: (each: T) => void | Promise<void>): LayerCheck[] {
  if (cases.length === 0) return []
  const all = async (): Promise<void> => {
    for (const each of cases) await run(each)
  }
  return [{ name, run: all }]
}

/** The last of a list, as a list. */
export const lastOf = <T>(list: readonly T[]): readonly T[] => list.slice(-1)
