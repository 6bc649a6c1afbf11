/** Energies in hartree. CODATA 2018; a kilocalorie is 4.184 kJ. */
const energies: Readonly<Record<EnergyUnit, number>> = {
  hartree: 1,
  eV: 1 / 27.211386245988,
  meV: 1e-3 / 27.211386245988,
  'kJ/mol': 1 / 2625.4996394798254,
  'kcal/mol': 4.184 / 2625.4996394798254,
}

/** Lengths in bohr. CODATA 2018. */
const lengths: Readonly<Record<LengthUnit, number>> = { bohr: 1, angstrom: 1 / 0.529177210903, nm: 10 / 0.529177210903 }

/** The name of a unit of energy. */
export type EnergyUnit = 'hartree' | 'eV' | 'meV' | 'kJ/mol' | 'kcal/mol'
/** The name of a unit of length. */
export type LengthUnit = 'bohr' | 'angstrom' | 'nm'

/**
 * What a number in one unit is multiplied with to be in another: `unitFactor('kcal/mol', 'meV')` is 43.36.
 *
 * @throws RangeError if a name is not one of a unit, or one is of an energy and the other of a length.
 * @see CODATA 2018.
 */
export function unitFactor(from: EnergyUnit, to: EnergyUnit): number
export function unitFactor(from: LengthUnit, to: LengthUnit): number
export function unitFactor(from: string, to: string): number {
  for (const table of [energies, lengths] as readonly Readonly<Record<string, number>>[]) {
    if (Object.hasOwn(table, from) && Object.hasOwn(table, to)) return table[from]! / table[to]!
  }
  const names = [energies, lengths].map((units) => Object.keys(units).join(', ')).join('; or of ')
  throw new RangeError(`unitFactor: expected two units of ${names}, received ${JSON.stringify(from)} and ${JSON.stringify(to)}.`)
}
