import {
  type Dimension,
  type Input,
  printShape,
  replaceSymbol,
  ShapeError,
  sameDimension,
  symbol,
  symbolsOf,
  type Tensor,
  TypeMismatchError,
} from '@equivar/tensor'

/** The symbol that a size is, if it is nothing but one. */
function symbolName(d: Dimension): string | undefined {
  if (typeof d === 'number') return undefined
  const [name, ...others] = symbolsOf(d)
  return name !== undefined && others.length === 0 && sameDimension(d, symbol(name)) ? name : undefined
}

/**
 * What sizes of a file become, where its inputs are given these tensors: a function from sizes as the file declares them.
 *
 * @throws TypeMismatchError or ShapeError if a tensor is not what the file declares.
 */
export function givenSizes(where: string, inputs: readonly Input[], given: readonly Tensor[]): (declared: Dimension) => Dimension {
  const known = new Map<string, Dimension>()
  for (const [i, { name, dtype, shape }] of inputs.entries()) {
    const tensor = given[i] as Tensor
    if (tensor.dtype !== dtype) throw new TypeMismatchError(`${where}: input "${name}"`, dtype, tensor.dtype)
    const fits = tensor.rank === shape.length && shape.every((d, axis) => agrees(d, tensor.shape[axis] as Dimension, known))
    if (!fits) throw new ShapeError(`${where}: input "${name}"`, printShape(shape), printShape(tensor.shape))
  }
  // Two steps, as what a size becomes may have the name of another size of the file.
  const apart = new Map([...known.keys()].map((name, i) => [name, `_declared_${i}`]))
  return (declared) => {
    const renamed = [...apart].reduce((d, [name, other]) => replaceSymbol(d, name, symbol(other)), declared)
    return [...apart].reduce((d, [name, other]) => replaceSymbol(d, other, known.get(name) as Dimension), renamed)
  }
}

/** Whether a size is what is declared; a symbol becomes known by it. */
function agrees(declared: Dimension, size: Dimension, known: Map<string, Dimension>): boolean {
  const name = symbolName(declared)
  if (name === undefined) return typeof declared !== 'number' || sameDimension(declared, size)
  const before = known.get(name)
  if (before === undefined) known.set(name, size)
  return before === undefined || sameDimension(before, size)
}
