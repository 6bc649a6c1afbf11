/** (-1)^n times a value. */
export const signedBy = (n: number, value: number): number => ((n & 1) === 0 ? value : -value)
