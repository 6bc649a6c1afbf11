/** A name of an enumeration, which protobuf's text format writes without quotes. */
export class EnumName {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** A message in protobuf's text format: fields by name; a list is a repeated field. */
export interface TextMessage {
  readonly [field: string]: TextValue | readonly TextValue[] | undefined
}

/** One value of a field. */
export type TextValue = string | number | boolean | EnumName | TextMessage

const isMessage = (value: TextValue): value is TextMessage => typeof value === 'object' && !(value instanceof EnumName)

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A number, a bool, a name, or a quoted string in UTF-8 with escapes. */
function scalar(value: string | number | boolean | EnumName): string {
  if (value instanceof EnumName) return value.name
  return typeof value === 'string' ? `"${value.replaceAll(/[\\"\n\r\t]/g, (letter) => escapes[letter] as string)}"` : String(value)
}

function field(name: string, value: TextValue | readonly TextValue[], indent: string): string[] {
  if (!Array.isArray(value)) {
    const one = value as TextValue
    if (!isMessage(one)) return [`${indent}${name}: ${scalar(one)}`]
    const inner = lines(one, `${indent}  `)
    return inner.length === 0 ? [`${indent}${name} { }`] : [`${indent}${name} {`, ...inner, `${indent}}`]
  }
  const all = value as readonly TextValue[]
  // Repeated messages are written one by one; scalars use the short form `name: [ ... ]`.
  if (all.some(isMessage)) return all.flatMap((one) => field(name, one, indent))
  return [`${indent}${name}: [${all.map((one) => scalar(one as string)).join(', ')}]`]
}

const lines = (message: TextMessage, indent: string): string[] =>
  Object.entries(message).flatMap(([name, value]) => (value === undefined ? [] : field(name, value, indent)))

/**
 * A message in protobuf's text format. Libraries for this format need the schema of the message, which only Triton publishes, and the format is simple.
 *
 * @see https://protobuf.dev/reference/protobuf/textformat-spec
 */
export function textFormat(message: TextMessage): string {
  return `${lines(message, '').join('\n')}\n`
}
