import type { Draw } from './draw.ts'
import { mutateText } from './mutate-text.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A value of JSON within another, and how to put another value there. */
interface Place {
  readonly value: Json
  readonly put: (value: Json | undefined) => void
}

const strings = ['', ' ', '__proto__', 'constructor', 'toString', '\u001b[31m', '\u0000', 'é', '\ud800', 'NaN', '1', 'a'.repeat(3000)]
const numbers = [0, -1, 1, 2, 3, 7, 255, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e15, 1e308, -1e308, 5e-324, 0.5, -0]
const MOST_COPIES = 3000

/** Every value in a value, itself first. */
function places(root: { value: Json }): Place[] {
  const found: Place[] = []
  const visit = (place: Place): void => {
    found.push(place)
    const { value } = place
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      const put = (other: Json | undefined): void => {
        if (Array.isArray(value)) value.splice(Number(name), 1, ...(other === undefined ? [] : [other]))
        else if (other === undefined) delete value[name]
        else Object.defineProperty(value, name, { value: other, enumerable: true, configurable: true, writable: true })
      }
      visit({ value: inner, put })
    }
  }
  visit({ value: root.value, put: (other) => Object.assign(root, { value: other ?? null }) })
  return found
}

const another = (draw: Draw, words: readonly string[]): Json =>
  draw.of<() => Json>([
    () => draw.of(numbers),
    () => draw.of(strings),
    () => draw.of([...words, '']),
    () => draw.of([null, true, false]),
    () => [],
    () => ({}),
  ])()

/** A value of the same kind: most readers refuse another one at once. */
function alike(draw: Draw, value: Json, words: readonly string[]): Json {
  if (typeof value === 'number') return draw.of(numbers)
  return typeof value === 'string' ? draw.of([...strings, ...words]) : another(draw, words)
}

function nested(draw: Draw, value: Json): Json {
  const isList = draw.once(2)
  let outer = value
  for (let k = draw.once(8) ? draw.length(3000) : draw.length(3); k > 0; k--) outer = isList ? [outer] : { a: outer }
  return outer
}

/** A name more, or an element more, some of them many times. */
function grown(draw: Draw, value: Json, words: readonly string[]): Json {
  if (Array.isArray(value)) {
    const copies = draw.once(10) ? draw.length(MOST_COPIES) : 1
    return [...value, ...Array.from({ length: copies }, () => value[0] ?? another(draw, words))]
  }
  if (typeof value !== 'object' || value === null) return [value, value]
  const entries = Object.entries(value)
  const name = draw.of([...strings, ...words, ...entries.map(([one]) => one)])
  // By entries: an assignment to __proto__ would be lost.
  return Object.fromEntries([...entries, [name, entries[0] === undefined || draw.once(2) ? another(draw, words) : entries[0][1]]])
}

/**
 * JSON with a fault that it may have and still be JSON: a value of another kind or size, a name that is missing or too many, nesting, long lists. One in eight
 * is changed as a text.
 */
export function mutateJson(draw: Draw, text: string, words: readonly string[]): string {
  if (draw.once(8)) return mutateText(draw, text, words)
  const root: { value: Json } = { value: null }
  try {
    root.value = JSON.parse(text)
  } catch {
    return mutateText(draw, text, words)
  }
  const all = places(root)
  const { value, put } = draw.of(all)
  switch (draw.below(6)) {
    case 0:
      put(undefined)
      break
    case 1:
      put(structuredClone(draw.of(all).value))
      break
    case 2:
      put(nested(draw, value))
      break
    case 3:
      put(grown(draw, value, words))
      break
    default:
      put(draw.once(4) ? another(draw, words) : alike(draw, value, words))
  }
  return JSON.stringify(root.value)
}
