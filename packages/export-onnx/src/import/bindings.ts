import { OnnxFormatError } from '../inspect.ts'

/** Which input binds which size, as Equivar's files say. */
export function bindingsOf(text: string): ReadonlyMap<string, string> {
  const parsed: unknown = JSON.parse(text)
  const isRecord = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  const binds = new Map<string, string>()
  const entries: readonly (readonly [string, unknown])[] = isRecord ? Object.entries(parsed) : [['', parsed]]
  for (const [name, bound] of entries) {
    if (!isRecord || typeof bound !== 'string')
      throw new OnnxFormatError(
        `importOnnx: expected the metadata equivar.binds to name a size for each input, received ${text.slice(0, 80)}.`,
      )
    binds.set(name, bound)
  }
  return binds
}
