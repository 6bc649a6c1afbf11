/** The most that a basis may take by default, in bytes. */
export const MOST_BYTES: number = 2 ** 30

/** @throws RangeError if a basis would take more than so many bytes. */
export function requireBytes(where: string, what: string, bytes: number, most: number): void {
  if (bytes <= most) return
  throw new RangeError(
    `${where}: expected a basis of at most ${most} bytes, received ${what}, which takes ${bytes} bytes. Use smaller tensor powers, or raise maximumBytes.`,
  )
}
