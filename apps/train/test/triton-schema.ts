import { EnumName } from '../src/export/text-format.ts'

/** A parsed message: for every field, its values in order. */
export interface Message {
  readonly [field: string]: readonly (string | number | boolean | EnumName | Message)[] | undefined
}

/** Parses protobuf's text format, as far as configurations use it. */
export function parseTextFormat(text: string): Message {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []
  let at = 0
  const scalar = (token: string): string | number | boolean | EnumName => {
    if (token.startsWith('"')) return JSON.parse(token) as string
    if (/^-?\d/.test(token)) return Number(token)
    return token === 'true' || token === 'false' ? token === 'true' : new EnumName(token)
  }
  const message = (end: string | undefined): Message => {
    const result: Record<string, (string | number | boolean | EnumName | Message)[]> = {}
    while (tokens[at] !== end) {
      const name = tokens[at++] as string
      result[name] ??= []
      const values = result[name]
      if (tokens[at] === ':') at++
      const token = tokens[at++]
      if (token === '{') {
        values.push(message('}'))
        at++
      } else if (token === '[') {
        for (; tokens[at] !== ']'; at++) if (tokens[at] !== ',') values.push(scalar(tokens[at] as string))
        at++
      } else values.push(scalar(token as string))
    }
    return result
  }
  return message(undefined)
}

type Kind = 'string' | 'integer' | 'bool' | readonly string[] | { readonly [field: string]: Field }
type Field = Kind | { readonly many: Kind }

const dataTypes = 'INVALID BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 STRING BF16'
  .split(' ')
  .map((name) => `TYPE_${name}`)
const integers: Field = { many: 'integer' }
const reshape = { shape: integers }
const textByText: Field = { many: { key: 'string', value: 'string' } }
const accelerators: Field = { many: { name: 'string', parameters: textByText } }

/**
 * The fields of ModelConfig that an exported repository uses, with their types.
 *
 * @see https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
 */
const modelConfig = {
  name: 'string',
  platform: 'string',
  backend: 'string',
  default_model_filename: 'string',
  max_batch_size: 'integer',
  version_policy: { latest: { num_versions: 'integer' } },
  input: { many: { name: 'string', data_type: dataTypes, dims: integers, reshape } },
  output: { many: { name: 'string', data_type: dataTypes, dims: integers, reshape, label_filename: 'string' } },
  instance_group: { many: { count: 'integer', kind: ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL'] } },
  dynamic_batching: {
    max_queue_delay_microseconds: 'integer',
    default_queue_policy: { timeout_action: ['REJECT', 'DELAY'], max_queue_size: 'integer' },
  },
  optimization: { execution_accelerators: { gpu_execution_accelerator: accelerators, cpu_execution_accelerator: accelerators } },
  parameters: { many: { key: 'string', value: { string_value: 'string' } } },
  model_warmup: {
    many: {
      name: 'string',
      batch_size: 'integer',
      inputs: { many: { key: 'string', value: { data_type: dataTypes, dims: integers, input_data_file: 'string' } } },
    },
  },
} as const satisfies Record<string, Field>

function checkValue(value: NonNullable<Message[string]>[number], kind: Kind, where: string): void {
  const complain = (): never => {
    throw new TypeError(`${where}: ${value instanceof EnumName ? value.name : JSON.stringify(value)} is not of the schema`)
  }
  if (kind === 'string' || kind === 'bool') {
    if (typeof value !== (kind === 'bool' ? 'boolean' : kind)) complain()
  } else if (kind === 'integer') {
    if (!Number.isInteger(value)) complain()
  } else if (Array.isArray(kind)) {
    if (!(value instanceof EnumName && kind.includes(value.name))) complain()
  } else if (typeof value !== 'object' || value instanceof EnumName) complain()
  else checkFields(value, kind as Readonly<Record<string, Field>>, where)
}

function checkFields(message: Message, fields: Readonly<Record<string, Field>>, where: string): void {
  for (const [name, values = []] of Object.entries(message)) {
    const field = fields[name]
    if (field === undefined) throw new TypeError(`${where}: there is no field ${name}`)
    const repeated = typeof field === 'object' && 'many' in field
    if (!repeated && values.length > 1) throw new TypeError(`${where}.${name}: expected one value, received ${values.length}`)
    for (const value of values) checkValue(value, (repeated ? field.many : field) as Kind, `${where}.${name}`)
  }
}

/** @throws TypeError if a configuration does not fit the schema. */
export function checkConfig(config: Message): void {
  checkFields(config, modelConfig, 'ModelConfig')
}
