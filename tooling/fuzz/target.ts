/** Inputs of one form, from which mutants are made. */
export interface Form {
  readonly kind: 'bytes' | 'text' | 'json' | 'protobuf'
  readonly seeds: readonly Uint8Array[]
  /** What mutants of texts and of fields are made of, besides what the seeds hold. */
  readonly words?: readonly string[]
  /** Puts a mutant into the file that holds it, with sizes and checksums that fit: the header of a checkpoint, a member of an archive. */
  readonly wrap?: (mutant: Uint8Array) => Uint8Array
}

/** Something that reads what others wrote. */
export interface Target {
  readonly name: string
  /** Reads it, or refuses it by one of the errors. */
  readonly read: (bytes: Uint8Array) => unknown
  readonly errors: readonly (abstract new (...given: never[]) => Error)[]
  readonly forms: readonly Form[]
  /** Every input that was once read wrongly, by what it does. */
  readonly corpus?: Readonly<Record<string, Uint8Array>>
}

const encoder = new TextEncoder()

export const text = (...lines: readonly string[]): Uint8Array => encoder.encode(lines.join('\n'))

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
