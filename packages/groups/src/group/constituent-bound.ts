import { someBlocks } from './blocks.ts'
import { orbitsOf } from './order-bound.ts'

/** Computes the order of a group of smaller degree. */
type OrderOf = (degree: number, generators: readonly Uint32Array[]) => bigint

/** The permutations that the generators induce on an invariant set of points, renumbered. */
function induced(points: readonly number[], generators: readonly Uint32Array[]): Uint32Array[] {
  const place = new Map(points.map((point, k) => [point, k]))
  return generators.map((images) => Uint32Array.from(points, (point) => place.get(images[point]!)!))
}

/** The permutations that the generators induce on the blocks. Block k has the name blocks[k]. */
function onBlocks(names: Uint32Array, blocks: readonly number[], generators: readonly Uint32Array[]): Uint32Array[] {
  const place = new Map(blocks.map((name, k) => [name, k]))
  return generators.map((images) => Uint32Array.from(blocks, (name) => place.get(names[images[name]!]!)!))
}

/** The permutations that the stabilizer of the first block induces inside it. Generators of the stabilizer come from Schreier's lemma. */
function insideFirstBlock(names: Uint32Array, blocks: readonly number[], generators: readonly Uint32Array[]): Uint32Array[] {
  const moves = onBlocks(names, blocks, generators)
  const points = [...names.keys()].filter((point) => names[point] === blocks[0])
  const frames: (Uint32Array | undefined)[] = [Uint32Array.from(points)]
  const queue = [0]
  const found = new Map<string, Uint32Array>()
  const place = new Map<number, number>()
  for (const at of queue) {
    const frame = frames[at]!
    generators.forEach((images, g) => {
      const block = moves[g]![at]!
      const moved = frame.map((point) => images[point]!)
      if (frames[block] === undefined) {
        frames[block] = moved
        queue.push(block)
        return
      }
      frames[block].forEach((point, i) => {
        place.set(point, i)
      })
      const inside = moved.map((point) => place.get(point)!)
      found.set(inside.join(), inside)
    })
  }
  return [...found.values()]
}

/**
 * An upper bound on the order of a group, computed from groups of smaller degree. For an intransitive group: the product of the orders of the groups
 * induced on its orbits. For an imprimitive group: |A|^m |B|, where A acts inside a block and B acts on the m blocks. Direct products and wreath products
 * attain the bound. Undefined for a primitive group.
 */
export function constituentBound(degree: number, generators: readonly Uint32Array[], orderOf: OrderOf): bigint | undefined {
  const orbits = orbitsOf(degree, generators)
  if (orbits.length > 1) return orbits.reduce((bound, orbit) => bound * orderOf(orbit.length, induced(orbit, generators)), 1n)
  const names = someBlocks(degree, generators)
  if (names === undefined) return undefined
  const blocks = [...new Set(names)]
  const inside = orderOf(degree / blocks.length, insideFirstBlock(names, blocks, generators))
  return inside ** BigInt(blocks.length) * orderOf(blocks.length, onBlocks(names, blocks, generators))
}
