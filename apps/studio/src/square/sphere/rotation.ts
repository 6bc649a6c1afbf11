import { eulerAngles, exponential, multiplyMatrices, rotationMatrix } from '@equivar/groups'
import type { Place } from '../drag.ts'

/** A rotation of space: nine numbers, row-major. */
export type Rotation = Float64Array

/** The rotation about an axis, by the length of it in radians. */
const rotationAbout = (x: number, y: number, z: number): Rotation => exponential(Float64Array.of(0, -z, y, z, 0, -x, -y, x, 0), 3)

/** The product of two rotations, the right one first. */
export const after = (left: Rotation, right: Rotation): Rotation => multiplyMatrices(left, right, 3)

/** The inverse. */
const inverse = (rotation: Rotation): Rotation => rotation.map((_, at) => rotation[(at % 3) * 3 + Math.floor(at / 3)]!)

/** The rotation of a vector, or of several after each other. */
export const rotate = (rotation: Rotation, vectors: Float64Array): Float64Array =>
  vectors.map((_, at) => {
    const [row, from] = [3 * (at % 3), at - (at % 3)]
    return rotation[row]! * vectors[from]! + rotation[row + 1]! * vectors[from + 1]! + rotation[row + 2]! * vectors[from + 2]!
  })

/** The rotation at a share of the shortest way from one to another. A half turn has no shortest way: it goes at once. */
export function partOfTheWay(from: Rotation, to: Rotation, share: number): Rotation {
  const turn = after(to, inverse(from))
  const cosine = Math.max(-1, Math.min(1, (turn[0]! + turn[4]! + turn[8]! - 1) / 2))
  const angle = Math.acos(cosine)
  const sine = Math.sin(angle)
  if (sine < 1e-6) return share > 0 ? to : from
  const scale = (share * angle) / (2 * sine)
  const about = rotationAbout(scale * (turn[7]! - turn[5]!), scale * (turn[2]! - turn[6]!), scale * (turn[3]! - turn[1]!))
  return after(about, from)
}

/** Who looks sees the x axis come towards them, y to the right and z up, from a little above. */
const camera = rotationAbout(0, 0.35, 0)

/** Where a direction is seen, and how near: negative behind the sphere. */
export function seen(direction: Float64Array): Place & { readonly depth: number } {
  const [depth, right, up] = rotate(camera, direction) as unknown as [number, number, number]
  return { x: right, y: -up, depth }
}

/** The direction that is seen at a place, on the rim for places beside the sphere. */
export function directionAt({ x, y }: Place): Float64Array {
  const shrink = Math.min(1, 1 / Math.hypot(x, y))
  const [right, up] = [x * shrink, -y * shrink]
  return rotate(inverse(camera), Float64Array.of(Math.sqrt(Math.max(0, 1 - right ** 2 - up ** 2)), right, up))
}

/** The turn of the sphere that a pointer asks for which moves by so much. */
export const turnedBy = ({ x, y }: Place): Rotation => after(inverse(camera), after(rotationAbout(0, y, x), camera))

/** A rotation as whole degrees of its Euler angles, and back. */
export const toDegrees = (rotation: Rotation): [number, number, number] =>
  eulerAngles(rotation).map((angle) => Math.round((angle * 180) / Math.PI) % 360) as [number, number, number]

/** The rotation of Euler angles in degrees. */
export const fromDegrees = (alpha: number, beta: number, gamma: number): Rotation =>
  rotationMatrix((alpha * Math.PI) / 180, (beta * Math.PI) / 180, (gamma * Math.PI) / 180)
