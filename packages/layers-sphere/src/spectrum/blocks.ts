import { add, concat, type Dimension, mul, reshape, split, type Tensor, times, unsqueeze } from '@equivar/tensor'

/** The rows of each degree of a spectrum. */
export function blocksOf(spectrum: Tensor, rows: (l: number) => number): readonly Tensor[] {
  const sizes: number[] = []
  for (let left = spectrum.shape[0] as number; left > 0; left -= rows(sizes.length)) sizes.push(rows(sizes.length))
  return sizes.length === 1 ? [spectrum] : split(spectrum, sizes, 0)
}

/** Concatenates the blocks [..., batch, channels] of all degrees to a spectrum, and adds a bias to the coefficient of the constant function. */
export function joinBlocks(blocks: readonly Tensor[], bias: Tensor | undefined): Tensor {
  const rows = blocks.map((block) => {
    const [batch, channels] = block.shape.slice(-2) as [Dimension, Dimension]
    const count = block.shape.slice(0, -2).reduce<number>((n, d) => n * (d as number), 1)
    return reshape(block, [count, batch, channels])
  })
  const [first, ...others] = rows as [Tensor, ...Tensor[]]
  return concat([bias === undefined ? first : add(first, bias), ...others], 0)
}

/** All products of the entries of two blocks [2l + 1, batch, channels]: [(2 l1 + 1) (2 l2 + 1), batch channels]. */
export function outerProduct(a: Tensor, b: Tensor): Tensor {
  const [rows = 0, batch = 0, channels = 0] = a.shape
  return reshape(mul(unsqueeze(a, 1), unsqueeze(b, 0)), [times(rows, b.shape[0] as Dimension), times(batch, channels)])
}
