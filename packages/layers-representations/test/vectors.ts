import { type Matrix, type RandomElementOptions, type Representation, seededRandom } from '@equivar/groups'
import { type Random, type TensorValue, toNumbers } from '@equivar/tensor'
import type { GroupElement, Symmetry, Values } from '@equivar/verify'

/** Normal numbers. */
export const normals = (shape: readonly number[], random: Random): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
})

/** Vectors multiplied by the matrix of a group element. */
function turned(value: TensorValue, representation: Representation, element: Matrix): TensorValue {
  const matrix = representation.matrix(element)
  const n = representation.dimension
  const numbers = toNumbers(value.data)
  const data = new Float64Array(numbers.length)
  for (let row = 0; row < numbers.length; row += n)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) data[row + i] = (data[row + i] as number) + (matrix[i * n + j] as number) * (numbers[row + j] as number)
  return { ...value, data }
}

/** Random elements of the group, acting on each named value by its representation. */
export function matrixSymmetry(
  kinds: Readonly<Record<string, Representation>>,
  { samples = 4, ...options }: RandomElementOptions & { readonly samples?: number } = {},
): Symmetry {
  const [first] = Object.values(kinds)
  return {
    name: `the group ${first?.group}`,
    elements: (_, random) => {
      const source = seededRandom(random.integer(2 ** 31))
      return Array.from({ length: samples }, (__, k): GroupElement => {
        const element = first?.group.random(source, { deviation: 0.4, length: 3, ...options }) as Matrix
        const act = (values: Values): Values =>
          Object.fromEntries(
            Object.entries(values).map(([name, value]) => {
              const kind = kinds[name]
              return [name, kind === undefined ? value : turned(value, kind, element)]
            }),
          )
        return { name: `element ${k}`, input: act, output: act }
      })
    },
  }
}
