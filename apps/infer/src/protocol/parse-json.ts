import { RequestFailure } from '../errors.ts'

/** `JSON.parse`. @throws RequestFailure (400) where it throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const hint = /\b(NaN|Infinity)\b/.test(text) ? ' JSON has no NaN and no Infinity.' : ''
    throw new RequestFailure(400, `expected JSON, received something else (${(cause as Error).message.slice(0, 120)}).${hint}`)
  }
}
