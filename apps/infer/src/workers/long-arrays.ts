import { type DataType, elementCount, emptyArray, type TensorValue } from '@equivar/tensor'
import type { ByteChannel } from './byte-channel.ts'

/** Longer arrays travel outside of messages, in bytes. */
const SHORT = 2 ** 16

/** A tensor in a message: whole, or without its data, which follow on the channel of bytes. */
export type SentTensor = TensorValue | { readonly dtype: DataType; readonly shape: readonly number[]; readonly data: 'follows' }

/** Bytes in a message: whole, or their number if they follow. */
export type SentBytes = Uint8Array | { readonly follows: number }

const isLong = ({ byteLength }: ArrayBufferView): boolean => byteLength > SHORT
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

/** A file for a message. Call `send` after the message. */
export const announced = (bytes: Uint8Array): SentBytes => (isLong(bytes) ? { follows: bytes.length } : bytes)

/** Tensors for a message, without long data. */
export const announcedTensors = (values: Readonly<Record<string, TensorValue>>): Record<string, SentTensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isLong(value.data) ? { ...value, data: 'follows' as const } : value]),
  )

/** Sends those of these arrays that their message has announced. */
export function sendLong(channel: ByteChannel | undefined, arrays: Iterable<ArrayBufferView>): void {
  for (const array of arrays) if (isLong(array)) channel?.send(bytesOf(array))
}

/** The bytes of a message. Call it in the order of the messages. */
export async function receivedBytes(channel: ByteChannel, sent: SentBytes): Promise<Uint8Array> {
  if (sent instanceof Uint8Array) return sent
  const bytes = new Uint8Array(sent.follows)
  await channel.receive(bytes)
  return bytes
}

/** The tensors of a message. Call it in the order of the messages. */
export async function receivedTensors(
  channel: ByteChannel | undefined,
  sent: Readonly<Record<string, SentTensor>>,
): Promise<Record<string, TensorValue>> {
  const arrivals: (Promise<void> | undefined)[] = []
  const values = Object.entries(sent).map(([name, value]): [string, TensorValue] => {
    const { dtype, shape, data } = value
    if (data !== 'follows') return [name, { dtype, shape, data }]
    const array = emptyArray(dtype, elementCount(shape))
    arrivals.push(channel?.receive(bytesOf(array)))
    return [name, { dtype, shape, data: array }]
  })
  await Promise.all(arrivals)
  return Object.fromEntries(values)
}
