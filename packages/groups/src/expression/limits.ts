import { DomainError } from '../errors.ts'
import type { Scanner } from './scanner.ts'

/** The largest number of points of a named group, or a product of groups. Its generators are made when they are asked for. */
export const GROUP_LIMIT: number = 2 ** 26

/** The largest number of points of a permutation, or of an action on tuples, subsets or elements. */
const POINT_LIMIT: number = 1_000_000

/** The largest number of groups in one expression. */
export const FACTOR_LIMIT: number = 1000

/** The largest number of generators in cycle notation. */
export const GENERATOR_LIMIT: number = 1000

/** The largest number of images of these generators in all, over a whole expression. */
const IMAGE_LIMIT: number = 2 ** 24

/** Calls a constructor and reports its DomainError as a NotationError at position `start`. */
export function make<Made>(scanner: Scanner, start: number, construct: () => Made): Made {
  try {
    return construct()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return scanner.refuse(error.expected, start, `It received ${error.received}.`)
  }
}

/** Refuses more than `limit` points, before anything is allocated. */
export function limitPoints(scanner: Scanner, start: number, points: number, limit: number = POINT_LIMIT): void {
  if (points <= limit) return
  scanner.refuse(`at most ${limit} points`, start, `There are ${points > 2 ** 53 ? 'more than 2^53' : points}.`)
}

/** Refuses generators that have too many images, together with those that were read before. */
export function limitImages(scanner: Scanner, start: number, generators: number, degree: number): void {
  scanner.images += generators * degree
  if (scanner.images <= IMAGE_LIMIT) return
  scanner.refuse(`at most ${IMAGE_LIMIT} images in all generators`, start, `Here are ${generators} generators of ${degree} points.`)
}
