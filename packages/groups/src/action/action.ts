import { DomainError, requireInteger } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { StabilizerChain } from '../group/stabilizer-chain.ts'
import { Permutation } from '../permutation/permutation.ts'

/** How the points of an action were made from other actions; for closed forms and descriptions. */
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

/** What a function needs to know of an action when generators are enough. */
export interface ActionLike {
  readonly group: PermutationGroup
  readonly degree: number
  readonly generators: readonly Permutation[]
}

/** What an action is made with, where more than the images of the generators is known. */
export interface ActionKnowledge {
  readonly structure?: ActionStructure
  /** The image of any element; found from the generators' when left out. */
  readonly image?: (element: Permutation) => Permutation
}

/**
 * A group acting on points: a homomorphism to the permutations of these, given by the images of the group's generators.
 *
 * Law: image(g.compose(h)) = image(g).compose(image(h)), and generators[i] = image(group.generators[i]). So two actions of one group pair up by the
 * index of the generator.
 *
 * @throws DomainError if there are not as many images as generators, or one has another degree. That they define an action is checked when the
 * image of another element is first asked for.
 */
export class Action implements ActionLike {
  readonly group: PermutationGroup
  readonly degree: number
  readonly generators: readonly Permutation[]
  readonly structure: ActionStructure
  readonly #image: ((element: Permutation) => Permutation) | undefined
  #paired: StabilizerChain | undefined

  constructor(group: PermutationGroup, degree: number, generators: readonly Permutation[], knowledge: ActionKnowledge = {}) {
    if (generators.length !== group.generators.length) {
      throw new DomainError('Action', `${group.generators.length} images, one a generator of the group`, `${generators.length}`)
    }
    generators.forEach((image, k) => {
      if (image.degree !== degree) throw new DomainError('Action', `images of ${degree} points`, `image ${k} of ${image.degree} points`)
    })
    this.group = group
    this.degree = requireInteger('Action', 'the number of points', degree, 0)
    this.generators = [...generators]
    this.structure = knowledge.structure ?? { kind: 'given' }
    this.#image = knowledge.image
  }

  /**
   * How an element of the group moves the points of the action.
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

  /** Sifts the element through a chain of the pairs (g, image of g), which act on the points of both. */
  #imageByPairs(element: Permutation): Permutation {
    const own = this.group.degree
    this.#paired ??= this.#newPairedChain()
    const pair = new Uint32Array(own + this.degree)
    pair.set(element.images)
    for (let i = 0; i < this.degree; i++) pair[own + i] = own + i
    const { residue } = this.#paired.sift(pair)
    if (residue.subarray(0, own).some((image, point) => image !== point)) {
      throw new DomainError('Action.image', 'an element of the group', element.toString())
    }
    return Permutation.ofTrusted(residue.slice(own).map((image) => image - own)).inverse()
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
    if (chain.levels.some(({ base, orbit }) => base >= own && orbit.length > 1)) {
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
