import { Action, Permutation, PermutationGroup, translations } from '@equivar/groups'
import { type PointGroupName, pointGroup } from './point-group.ts'

/** The actions of a plane group on images and on feature maps of a grid of pixels. Both are actions of the same group. */
export interface PlaneActions {
  /** The action on the pixels of an image, row-major. */
  readonly image: Action
  /** The action on the entries of a feature map [|G|, rows, columns], row-major: g takes (h, t) to (g h, g t). */
  readonly map: Action
}

/**
 * The actions of a plane group on images and feature maps, to check layers with `expectEquivariant` and `expectSameSpan` of @equivar/verify.
 *
 * Generators: those of the point group, about the centre of the grid. With `cyclic`, also the shifts of the torus by one row and by one column.
 *
 * @param size - the side of a square grid, or [rows, columns] for groups without quarter turns.
 * @throws RangeError if there is no group of that name, or the group exchanges the axes of a grid that is not square.
 */
export function planeActions(
  name: PointGroupName,
  size: number | readonly [number, number],
  { cyclic = false }: { readonly cyclic?: boolean } = {},
): PlaneActions {
  const group = pointGroup(name)
  const [rows, columns] = typeof size === 'number' ? [size, size] : size
  const pixels = rows * columns
  const shifts = cyclic ? translations(rows, columns).generators.map(({ images }) => images) : []
  const onImage = [...group.generators.map((g) => group.images(g, rows, columns)), ...shifts]
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
