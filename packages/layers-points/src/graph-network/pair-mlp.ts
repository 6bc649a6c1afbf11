import { type Mlp, silu } from '@equivar/nn'
import { add, concat, gather, matMul, slice, type Tensor } from '@equivar/tensor'

/**
 * An MLP of pairs, silu after every layer: of the features of the target, of the source, and of the edge itself.
 *
 * Equal to the MLP of their concatenation, but its first layer runs on nodes, of which there are fewer than edges.
 *
 * @param mlp - of channels [2 x channels of x + channels of the attributes, ...].
 * @param x - float32 [nodes, channels].
 * @param ends - int64 [edges] each.
 * @param attributes - float32 [edges, ...] each.
 * @returns float32 [edges, channels].
 */
export function pairMlp(
  mlp: Mlp,
  x: Tensor,
  { targets, sources }: { readonly targets: Tensor; readonly sources: Tensor },
  attributes: readonly Tensor[],
): Tensor {
  const [first, ...others] = mlp.layers as [Mlp['layers'][number], ...Mlp['layers']]
  const channels = x.shape.at(-1) as number
  const rows = (start: number, end: number): Tensor => slice(first.weight, { axis: 0, start, end })
  const ofTarget = matMul(x, rows(0, channels))
  const ends = add(
    gather(first.bias === undefined ? ofTarget : add(ofTarget, first.bias), targets),
    gather(matMul(x, rows(channels, 2 * channels)), sources),
  )
  const joined = attributes.length > 1 ? concat(attributes, -1) : attributes[0]
  const whole = joined === undefined ? ends : add(ends, matMul(joined, rows(2 * channels, first.weight.sizes[0] as number)))
  return others.reduce((h, layer) => silu(layer.forward(h)), silu(whole))
}
