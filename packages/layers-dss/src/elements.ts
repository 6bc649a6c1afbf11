import { alignMask, type Module } from '@equivar/nn'
import {
  and,
  type Dimension,
  expand,
  printShape,
  product,
  reshape,
  ShapeError,
  sameDimension,
  sameShape,
  Tensor,
  unsqueeze,
} from '@equivar/tensor'
import { type Aggregation, poolSet } from './pooling.ts'

/** A layer of single elements, equivariant to the symmetry of the elements. */
export interface ElementLayer {
  /** @param x - [batch, ...element]. @param further - further inputs of the layer, such as edges. @returns [batch, ...]. */
  forward(x: Tensor, ...further: never[]): Tensor
}

/** Calls a layer with further inputs. Their number and types are the user's responsibility. */
export function callLayer(layer: ElementLayer, x: Tensor, further: readonly Tensor[]): Tensor {
  return layer.forward(x, ...(further as never[]))
}

/** A layer of single elements with its parameters. */
export type ElementModule = ElementLayer & Module

/** A normalization for single elements, such as BatchNorm or LayerNorm. Its statistics are those of the existing elements. */
export interface ElementNorm extends Module {
  /** @param x - [elements, ...element]. @param mask - bool [elements]. */
  forward(x: Tensor, mask?: Tensor): Tensor
}

/**
 * A further input of element layers.
 *
 * - a Tensor: the same for all elements, passed on unchanged;
 * - `set`: one per set, [batch, ...]. The own layer gets a copy for every element. A mask passed this way does not reach the aggregation: if missing
 *   entries may not be finite, pass it as `entries`;
 * - `element`: one per element, [batch, set, ...]. The shared layer gets it aggregated like the elements (such as the sum of the adjacencies); a bool
 *   input is aggregated by "any";
 * - `entries`: bool [batch, set, ...first axes of an element], true where an entry of an element exists. Passed on like `element`. Missing entries are
 *   ignored in the aggregation and are 0 in the result;
 * - `own` and `shared`: separate inputs for the two layers, over flattened elements [batch * set] and over sets [batch].
 */
export type ElementInput =
  | Tensor
  | { readonly set: Tensor }
  | { readonly element: Tensor }
  | { readonly entries: Tensor }
  | { readonly own: Tensor; readonly shared: Tensor }

/** Joins the axes of batch and set. @throws ShapeError if x has no axis after them. */
function flattenSet(where: string, x: Tensor): Tensor {
  if (x.rank < 3) throw new ShapeError(where, 'x [batch, set, ...element]', printShape(x.shape))
  return joined(x)
}

export const joined = (x: Tensor): Tensor => reshape(x, [product(x.shape.slice(0, 2)), ...x.shape.slice(2)])

/** A further input for the own layer. @param x - [batch, set, ...element]. */
function ofElements(given: ElementInput, x: Tensor): Tensor {
  if (given instanceof Tensor) return given
  if ('own' in given) return given.own
  if ('element' in given) return joined(given.element)
  if ('entries' in given) return joined(given.entries)
  const [batch, set] = x.shape as [Dimension, Dimension]
  return joined(expand(unsqueeze(given.set, 1), [batch, set, ...given.set.shape.slice(1)]))
}

/** A further input for the shared layer. */
export function ofSets(given: ElementInput, how: Aggregation, mask: Tensor | undefined): Tensor {
  if (given instanceof Tensor) return given
  if ('shared' in given) return given.shared
  if ('set' in given) return given.set
  const each = 'element' in given ? given.element : given.entries
  return poolSet(each, each.dtype === 'bool' ? 'any' : how, mask)
}

/** Which entries of the elements exist: the conjunction of the mask of the set and those of entries; undefined if all exist. */
export function existing(x: Tensor, mask: Tensor | undefined, further: readonly ElementInput[]): Tensor | undefined {
  const masks = further.flatMap((given) => (!(given instanceof Tensor) && 'entries' in given ? [given.entries] : []))
  for (const entries of [...(mask === undefined ? [] : [mask]), ...masks]) {
    if (entries.rank >= 2 && entries.rank <= x.rank && entries.shape.every((d, i) => sameDimension(d, x.shape[i] as Dimension))) continue
    throw new ShapeError('existing', `masks over the first axes of x ${printShape(x.shape)}`, printShape(entries.shape))
  }
  const rank = Math.max(2, ...masks.map((entries) => entries.rank))
  return [...(mask === undefined ? [] : [mask]), ...masks].map((m) => alignMask(m, rank)).reduce<Tensor | undefined>(both, undefined)
}

const both = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : and(a, b))

/** The mask of entries if y still has the axes of x, else the mask of the set. */
export function remaining(y: Tensor, exists: Tensor | undefined, mask: Tensor | undefined): Tensor | undefined {
  return exists !== undefined && exists.rank <= y.rank && sameShape(y.shape.slice(0, exists.rank), exists.shape) ? exists : mask
}

/**
 * Applies a layer to every element of every set. Use it also to pool or reshape elements between layers.
 *
 * @param x - [batch, set, ...element].
 * @returns [batch, set, ...].
 * @throws ShapeError if x has no element axes, or the layer does not keep the first axis.
 * @example eachElement({ forward: (images) => maxPool(images, { kernel: 2 }) }, x)
 */
export function eachElement(layer: ElementLayer, x: Tensor, ...further: ElementInput[]): Tensor {
  return normedElements(layer, undefined, x, undefined, further)
}

/** As eachElement, followed by a norm with the statistics of the existing elements. */
export function normedElements(
  layer: ElementLayer,
  norm: ElementNorm | undefined,
  x: Tensor,
  mask: Tensor | undefined,
  further: readonly ElementInput[],
): Tensor {
  const flat = flattenSet('eachElement', x)
  const y = callLayer(
    layer,
    flat,
    further.map((given) => ofElements(given, x)),
  )
  if (y.rank === 0 || !sameDimension(y.shape[0] as Dimension, flat.shape[0] as Dimension)) {
    const remedy = 'An element layer must keep the first axis of its input.'
    throw new ShapeError('eachElement', `a layer that returns [${flat.shape[0]}, ...]`, printShape(y.shape), remedy)
  }
  const normed = norm === undefined ? y : norm.forward(y, mask && joined(mask))
  return reshape(normed, [...x.shape.slice(0, 2), ...y.shape.slice(1)])
}
