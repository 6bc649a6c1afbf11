/**
 * Units: angstrom, femtoseconds, daltons, kcal/mol, kelvin. Velocities are in angstrom/fs, forces in kcal/mol/angstrom, as `equivar train forces` has them.
 */

/** The acceleration in angstrom/fs^2 of one dalton by one kcal/mol/angstrom: 4184 J per mol and gram, in square angstrom per square femtosecond. */
export const ACCELERATION = 4.184e-4

/** Boltzmann's constant in kcal/mol/K. */
export const BOLTZMANN = 1.987204e-3

/** Millielectronvolts in a kcal/mol. */
export const MEV = 43.3641

/** The temperature in K of a kinetic energy in kcal/mol, without motion of the whole. */
export const temperatureOf = (kinetic: number, atoms: number): number => (2 * kinetic) / (3 * Math.max(1, atoms - 1) * BOLTZMANN)
