import { elementCount, type NumberArray } from '@equivar/tensor'

/** Calls back with where an element lies in a plain array [batch, channels, ...spatial], and in a blocked one of `padded` channels. */
function forEachPlace(
  [batch, channels, ...spatial]: readonly number[],
  padded: number,
  block: number,
  visit: (plain: number, blocked: number) => void,
): void {
  const size = elementCount(spatial)
  for (let n = 0; n < (batch as number); n++) {
    for (let c = 0; c < (channels as number); c++) {
      const [slab, lane] = [Math.floor(c / block), c % block]
      for (let s = 0; s < size; s++) visit((n * (channels as number) + c) * size + s, (n * padded + slab * block) * size + s * block + lane)
    }
  }
}

/** The least multiple of the block that holds so many channels. */
export const paddedChannels = (channels: number, block: number): number => Math.ceil(channels / block) * block

/** [batch, channels, ...spatial] as it lies in memory in blocks of channels: [batch, channels / block, ...spatial, block], zeros where there is no channel. */
export function blockedNumbers({ dtype, shape, data }: NumberArray, block: number): NumberArray {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]]
  const padded = paddedChannels(channels, block)
  const blocked = new Float64Array(batch * padded * elementCount(spatial))
  forEachPlace(shape, padded, block, (from, to) => {
    blocked[to] = data[from] as number
  })
  return { dtype, shape: [batch, padded, ...spatial], data: blocked }
}

/** The first channels of what lies in blocks, in the plain order. */
export function plainNumbers({ dtype, shape, data }: NumberArray, channels: number, block: number): NumberArray {
  const [batch, padded, ...spatial] = shape as [number, number, ...number[]]
  const plain = new Float64Array(batch * channels * elementCount(spatial))
  forEachPlace([batch, channels, ...spatial], padded, block, (to, from) => {
    plain[to] = data[from] as number
  })
  return { dtype, shape: [batch, channels, ...spatial], data: plain }
}

/** [batch, channels, ...spatial] as [batch, ...spatial, channels]: one block of all channels. */
export function channelsLast(x: NumberArray): NumberArray {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  return { ...blockedNumbers(x, channels), shape: [batch, ...spatial, channels] }
}
