/** The symbols of the elements, by atomic number from 1. */
const SYMBOLS: readonly string[] = [
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe',
  'Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg',
  'Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og',
].flatMap((line) => line.split(' '))

/**
 * The atomic number of an element.
 *
 * @param element - one of the 118 symbols, from H to Og.
 * @throws RangeError if there is no such element.
 */
export function atomicNumber(element: string): number {
  const number = SYMBOLS.indexOf(element) + 1
  if (number === 0) throw new RangeError(`atomicNumber: expected the symbol of an element, H to Og, received ${JSON.stringify(element)}.`)
  return number
}

/** The symbol of an element by its atomic number; undefined if there is none. */
export function elementSymbol(number: number): string | undefined {
  return SYMBOLS[number - 1]
}
