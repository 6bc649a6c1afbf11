/**
 * What a record holds under a name, whatever the name is: `constructor` and `__proto__` are found only where they were put.
 *
 * Records with names of others are made by `Object.fromEntries`, which keeps them all.
 */
export function ownEntry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
