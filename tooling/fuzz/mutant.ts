import { Draw } from './draw.ts'
import { MOST_BYTES, mutateBytes } from './mutate-bytes.ts'
import { mutateJson } from './mutate-json.ts'
import { mutateProtobuf } from './mutate-protobuf.ts'
import { mutateText } from './mutate-text.ts'
import { type Form, latin1, type Target } from './target.ts'

function mutateOnce(draw: Draw, bytes: Uint8Array, { kind, seeds, words = [] }: Form): Uint8Array {
  if (kind === 'protobuf' && !draw.once(8)) return mutateProtobuf(draw, bytes, words)
  if (kind === 'json') return Buffer.from(mutateJson(draw, latin1(bytes), words), 'latin1')
  if (kind === 'text' && !draw.once(8)) return Buffer.from(mutateText(draw, latin1(bytes), words), 'latin1')
  return mutateBytes(draw, bytes, draw.of(seeds))
}

/** The mutant of that number: the same one for the same seed, forever. */
export function mutantOf({ name, forms }: Target, seed: number, number: number): Uint8Array {
  const draw = Draw.of(seed, name, number)
  const form = draw.of(forms)
  let bytes = draw.of(form.seeds)
  for (let k = draw.once(2) ? 1 : draw.length(5); k > 0; k--) bytes = mutateOnce(draw, bytes, form).subarray(0, MOST_BYTES)
  const copy = Uint8Array.from(bytes)
  return form.wrap === undefined ? copy : form.wrap(copy)
}
