/** The buffers of arrays that occupy them alone. They can be moved to another thread; all others are copied. */
export function transferable(arrays: Iterable<ArrayBufferView>): ArrayBuffer[] {
  const whole = new Set<ArrayBuffer>()
  for (const { buffer, byteLength } of arrays) if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) whole.add(buffer)
  return [...whole]
}
