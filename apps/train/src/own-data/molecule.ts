import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { atomicNumber, type Molecule, moleculeDataset, parseXyz } from '@equivar/datasets'
import { UsageError } from '../errors.ts'
import { type Example, type Examples, NOTHING, type Target } from './example.ts'
import type { OwnSource } from './source.ts'

/** Names of properties of a molecule, for messages. */
const known = ({ properties, texts = {} }: Molecule): string => [...Object.keys(properties), ...Object.keys(texts)].join(', ') || 'none'

function targetOf(
  { properties, texts = {}, ...rest }: Molecule,
  where: string,
  { label, target = 'energy', unlabelled }: OwnSource,
): Target {
  if (unlabelled === true) return NOTHING
  const names = label === undefined ? target.split(',').map((name) => name.trim()) : [label]
  const missing = names.find((name) => !Object.hasOwn(properties, name) && !(label !== undefined && Object.hasOwn(texts, name)))
  if (missing !== undefined)
    throw new UsageError(
      `${where}: expected the property ${JSON.stringify(missing)} ${label === undefined ? '(--target NAME chooses another) ' : ''}in the comment line, received ${known({ properties, texts, ...rest })}`,
    )
  if (label !== undefined) return { kind: 'label', label: String(properties[label] ?? texts[label]) }
  return { kind: 'y', y: names.map((name) => properties[name] as number) }
}

/** @throws UsageError for a molecule whose distances do not describe it: in a lattice, two atoms at one place, an element that does not exist. */
function demandMolecule(molecule: Molecule, where: string): void {
  try {
    moleculeDataset([molecule], [0], [...new Set(molecule.elements)])
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UsageError(`${where}: ${error.message.replace(/^moleculeDataset: (molecule 0: )?/, '')}`)
  }
}

/**
 * Reads the molecules of a file in XYZ, plain, extended or in QM9's form. What is to be predicted is a property of the comment line: `--label NAME` for a
 * class, `--target NAME` for numbers, by default `energy`. Forces are read; networks are not trained on them.
 *
 * @throws UsageError or FormatError that names the molecule or the line.
 */
export async function readMolecules(path: string, source: OwnSource): Promise<Examples> {
  if (source.label !== undefined && source.target !== undefined)
    throw new UsageError('--label: expected either --label or --target, received both')
  const file = basename(path)
  const molecules = parseXyz(await readFile(path), file)
  for (const [i, molecule] of molecules.entries()) demandMolecule(molecule, `${file}, molecule ${i + 1}`)
  const elements = [...new Set(molecules.flatMap((molecule) => molecule.elements))].sort((a, b) => atomicNumber(a) - atomicNumber(b))
  const examples = molecules.map((molecule, i): Example => {
    const where = `${file}, molecule ${i + 1}`
    const codes = Float32Array.from(molecule.elements, (element) => elements.indexOf(element))
    return { where, x: { shape: [codes.length, 1], data: codes }, molecule, target: targetOf(molecule, where, source) }
  })
  return { kind: 'molecule', examples, channelNames: [`element: ${elements.join(', ')}`], categoryNames: { 0: elements } }
}
