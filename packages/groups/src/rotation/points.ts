/** A point of the sphere: polar angle from the z axis and azimuth from the x axis, radians. */
export interface SpherePoint {
  readonly beta: number
  readonly alpha: number
}

/** A rotation R_z(alpha) R_y(beta) R_z(gamma), radians. */
export interface EulerAngles {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
}
