/** One law of a layer. */
export interface LayerCheck {
  /** The law, as the name of a test. */
  readonly name: string
  /** Rejects with an Error that says where the law does not hold. */
  run(): Promise<void>
}

/** One check that runs all cases; no check if there are none. */
export function checkOver<T>(name: string, cases: readonly T[], run: (each: T) => void | Promise<void>): LayerCheck[] {
  if (cases.length === 0) return []
  const all = async (): Promise<void> => {
    for (const each of cases) await run(each)
  }
  return [{ name, run: all }]
}

/** The last element of a list, as a list. */
export const lastOf = <T>(list: readonly T[]): readonly T[] => list.slice(-1)
