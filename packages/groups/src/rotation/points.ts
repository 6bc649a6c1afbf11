/** A point on the sphere: polar angle beta from the z axis and azimuth alpha from the x axis, in radians. */
export interface SpherePoint {
  readonly beta: number
  readonly alpha: number
}

/** The rotation R_z(alpha) R_y(beta) R_z(gamma), in radians. */
export interface EulerAngles {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
}
