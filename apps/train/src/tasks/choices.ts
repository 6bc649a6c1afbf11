/** Settings that are chosen by name: `--set molecule=aspirin`. Their numbers are the places in these lists. */
export const choices: Readonly<Record<string, readonly string[]>> = {
  molecule: ['ethanol', 'aspirin', 'lennard-jones'],
}
