/** What an error says to a visitor. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
