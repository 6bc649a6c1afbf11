import { createRequire } from 'node:module'

/** The version of this package, from its package.json. */
export const ownVersion = (): string => (createRequire(import.meta.url)('../package.json') as { readonly version: string }).version
