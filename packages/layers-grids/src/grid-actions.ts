import { Action, Permutation, PermutationGroup, translations } from '@equivar/groups'
import { type PointGroupName, pointGroup } from './point-group.ts'

/** The actions of a group on images or volumes, and on feature maps, of a grid. Both are actions of the same group. */
export interface GridActions {
  /** The action on the points of an image or volume, row-major. */
  readonly image: Action
  /** The action on the entries of a feature map [|G|, ...sizes], row-major: g takes (h, t) to (g h, g t). */
  readonly map: Action
}

/**
 * The actions of a point group, and shifts, on images or volumes and on feature maps, to check layers with `expectEquivariant` and `expectSameSpan` of @equivar/verify.
 *
 * Generators: those of the point group, about the centre of the grid. With `cyclic`, also the shifts of the torus by one point along each axis.
 *
 * @param size - the side of a square or cubic grid, or one size per axis for groups that do not exchange these axes.
 * @throws RangeError if there is no group of that name, or the group exchanges axes of different sizes.
 */
export function gridActions(
  name: PointGroupName,
  size: number | readonly number[],
  { cyclic = false }: { readonly cyclic?: boolean } = {},
): GridActions {
  const group = pointGroup(name)
  const sizes = typeof size === 'number' ? Array.from({ length: group.dimensions }, () => size) : size
  const pixels = sizes.reduce((a, b) => a * b, 1)
  const shifts = cyclic ? translations(...sizes).generators.map(({ images }) => images) : []
  const onImage = [...group.generators.map((g) => group.images(g, ...sizes)), ...shifts]
  const onMap = onImage.map((images, k) => {
    const g = group.generators[k]
    return Uint32Array.from({ length: group.order * pixels }, (_, at) => {
      const h = Math.floor(at / pixels)
      return (g === undefined ? h : group.multiply(g, h)) * pixels + (images[at % pixels] as number)
    })
  })
  const maps = onMap.map((images) => Permutation.fromImages(images))
  const whole = new PermutationGroup(group.order * pixels, maps)
  return {
    image: new Action(
      whole,
      pixels,
      onImage.map((images) => Permutation.fromImages(images)),
    ),
    map: new Action(whole, group.order * pixels, maps),
  }
}
