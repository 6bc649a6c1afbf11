import { DomainError, requireInteger } from '../errors.ts'
import { type GeneratorSource, Generators } from '../group/generator-source.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { StabilizerChain } from '../group/stabilizer-chain.ts'
import { identityImages } from '../permutation/images.ts'
import { Permutation } from '../permutation/permutation.ts'

/** How an action was constructed from other actions. Closed forms and descriptions use it. */
export type ActionStructure =
  | { readonly kind: 'natural' }
  | { readonly kind: 'trivial' }
  | { readonly kind: 'regular' }
  | { readonly kind: 'cosets'; readonly subgroup: PermutationGroup }
  | { readonly kind: 'tuples'; readonly of: Action; readonly length: number }
  | { readonly kind: 'subsets'; readonly of: Action; readonly size: number }
  | { readonly kind: 'product'; readonly left: Action; readonly right: Action }
  | { readonly kind: 'union'; readonly left: Action; readonly right: Action }
  | { readonly kind: 'given' }

/** The part of an action that functions need if they only use generators. */
export interface ActionLike {
  readonly group: PermutationGroup
  readonly degree: number
  readonly generators: readonly Permutation[]
}

/** Optional facts about an action, beyond the images of the generators. */
export interface ActionOptions {
  readonly structure?: ActionStructure
  /** Computes the image of any element. By default it is derived from the images of the generators. */
  readonly image?: (element: Permutation) => Permutation
}

/**
 * A group acting on points: a homomorphism from the group to the permutations of the points, given by the images of the generators.
 *
 * Law: image(g.compose(h)) = image(g).compose(image(h)), and generators[i] = image(group.generators[i]). So generator i of one action corresponds to
 * generator i of every other action of the same group.
 *
 * @throws DomainError if the number of images differs from the number of generators, or an image has a different degree. Whether the images define a
 * homomorphism is checked later, at the first call of `image`.
 */
export class Action implements ActionLike {
  readonly group: PermutationGroup
  readonly degree: number
  readonly structure: ActionStructure
  readonly #generators: Generators
  readonly #image: ((element: Permutation) => Permutation) | undefined
  #pairedChain: StabilizerChain | undefined

  constructor(group: PermutationGroup, degree: number, generators: readonly Permutation[] | GeneratorSource, options: ActionOptions = {}) {
    this.group = group
    this.degree = requireInteger('Action', 'the number of points', degree, 0)
    this.#generators = new Generators('Action', degree, generators)
    if (this.#generators.count !== group.generatorCount) {
      throw new DomainError('Action', `${group.generatorCount} images, one per generator of the group`, `${this.#generators.count}`)
    }
    if (!('make' in generators)) {
      generators.forEach((image, k) => {
        if (image.degree !== degree) throw new DomainError('Action', `images of ${degree} points`, `image ${k} of ${image.degree} points`)
      })
    }
    this.structure = options.structure ?? { kind: 'given' }
    this.#image = options.image
  }

  /**
   * The images of the generators of the group. The named actions make them at the first use.
   *
   * @throws DomainError if they have more than 2^28 points in all.
   */
  get generators(): readonly Permutation[] {
    return this.#generators.all()
  }

  /**
   * The permutation by which an element of the group acts on the points.
   *
   * @throws DomainError if the element is not in the group, or if the images of the generators do not define an action.
   */
  image(element: Permutation): Permutation {
    if (element.degree !== this.group.degree) {
      throw new DomainError(
        'Action.image',
        `an element of the group, of ${this.group.degree} points`,
        `a permutation of ${element.degree} points`,
      )
    }
    return this.#image === undefined ? this.#imageByPairs(element) : this.#image(element)
  }

  /** Sifts the element through a stabilizer chain of the pairs (g, image of g), acting on the points of the group followed by the points of the action. */
  #imageByPairs(element: Permutation): Permutation {
    const own = this.group.degree
    this.#pairedChain ??= this.#newPairedChain()
    const pair = identityImages(own + this.degree)
    pair.set(element.images)
    const { residue } = this.#pairedChain.sift(pair)
    if (residue.subarray(0, own).some((image, point) => image !== point)) {
      throw new DomainError('Action.image', 'an element of the group', element.toString())
    }
    return Permutation.fromUncheckedImages(residue.slice(own).map((image) => image - own)).inverse()
  }

  #newPairedChain(): StabilizerChain {
    const own = this.group.degree
    const pairs = this.group.generators.map((generator, k) => {
      const pair = new Uint32Array(own + this.degree)
      pair.set(generator.images)
      this.generators[k]!.images.forEach((image, point) => {
        pair[own + point] = own + image
      })
      return pair
    })
    const chain = new StabilizerChain(own + this.degree, pairs)
    if (chain.levels.some(({ base }) => base >= own)) {
      throw new DomainError(
        'Action.image',
        'images of the generators that define an action of the group',
        'images that give one element of the group two different images',
        'Every relation between the generators must hold between their images.',
      )
    }
    return chain
  }
}
