import { identityMatrix, type Matrix, multiplyMatrices } from './dense.ts'
import { type MatrixGroup, permutationMatrix, type WeightedElement } from './matrix-group.ts'

/** The most elements of a finite group that are listed. */
const MOST_ELEMENTS = 5000

/** All elements of a finite group of matrices, each once; undefined if there are more than 5000. Equal means: to 1e-6. */
export function finiteElements(group: MatrixGroup): readonly Matrix[] | undefined {
  if (group.lieAlgebra.length > 0) return undefined
  if (group.permutations !== undefined)
    return group.permutations.orderLog10() > Math.log10(MOST_ELEMENTS)
      ? undefined
      : [...group.permutations.elements()].map(({ images }) => permutationMatrix(images))
  const n = group.dimension
  const nameOf = (matrix: Matrix): string => matrix.map((x) => Math.round(x * 1e6) + 0).join()
  const one = identityMatrix(n)
  const seen = new Set([nameOf(one)])
  const elements: Matrix[] = [one]
  for (const element of elements) {
    if (elements.length > MOST_ELEMENTS) return undefined
    for (const generator of group.generators) {
      const product = multiplyMatrices(generator, element, n)
      const name = nameOf(product)
      if (seen.has(name)) continue
      seen.add(name)
      elements.push(product)
    }
  }
  return elements
}

/** Points of a mean over the group that is exact for class functions up to a degree: all elements of a finite group, or a quadrature; undefined without either. */
export function meanPoints(group: MatrixGroup, degree: number): readonly WeightedElement[] | undefined {
  const elements = finiteElements(group)
  return elements?.map((element) => ({ element, weight: 1 / elements.length })) ?? group.quadrature?.(degree)
}
