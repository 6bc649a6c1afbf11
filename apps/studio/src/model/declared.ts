import { type ActionClaims, parseAction } from '@equivar/verify'

/** Actions in words, by the names of inputs or outputs. */
type Words = Readonly<Record<string, string>>

/** A symmetry that a file declares. */
export interface Declared {
  /** As the file says it. */
  readonly text: string
  /** What it claims; undefined where it cannot be said by actions on axes. */
  readonly claims: ActionClaims | undefined
}

/** The names of what a model has. */
interface Names {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

const OF_SETS = { x: 'S on axis 1', mask: 'S on axis 1' }
const OF_NODES = { x: 'S on axis 0', batch: 'S on axis 0', positions: 'S on axis 0', velocities: 'S on axis 0', elements: 'S on axis 0' }
const OF_SPARSE = { ...OF_NODES, edge_index: 'S on entries x S[edges] on axis 1', edge_attr: 'S[edges] on axis 0' }

/** The symmetries that `equivar train` writes into its files, and what they do. */
const known: Readonly<Record<string, { readonly inputs: Words; readonly outputs?: Words }>> = {
  'permutations of the elements': { inputs: OF_SETS },
  'permutations of the elements, which permute the scores': { inputs: OF_SETS, outputs: { scores: 'S on axis 1' } },
  'cyclic shifts of the signals': { inputs: { x: 'shifts on axis -1' } },
  'quarter turns of the images': { inputs: { x: 'C4 on axes -2 -1' } },
  'permutations of the nodes': { inputs: { ...OF_SETS, adj: 'S on axes 1 2' } },
  'permutations of the nodes and of the edges': { inputs: OF_SPARSE },
  'permutations of the edges and of the nodes, which permute the logits': { inputs: OF_SPARSE, outputs: { logits: 'S on axis 0' } },
  'permutations of the atoms': { inputs: OF_NODES },
}

/** Those of the actions whose tensors the model has. */
function actionsOn(words: Words, names: readonly string[]): ActionClaims['inputs'] {
  return Object.fromEntries(Object.entries(words).flatMap(([name, text]) => (names.includes(name) ? [[name, parseAction(text)]] : [])))
}

/** Claims of actions; undefined if nothing of the model moves. */
function claimsOf({ inputs, outputs = {} }: { readonly inputs: Words; readonly outputs?: Words }, names: Names): ActionClaims | undefined {
  const moved = actionsOn(inputs, names.inputs)
  return Object.keys(moved).length === 0 ? undefined : { inputs: moved, outputs: actionsOn(outputs, names.outputs) }
}

/** `x: S on axis 1, mask: S on axis 1`, as a Symmetry of actions is called: the actions by input. */
function writtenActions(text: string): Words | undefined {
  const parts = text.split(/,\s*(?=[\w.\-/]+: )/u).map((part) => /^([\w.\-/]+): (.+)$/su.exec(part))
  return parts.every((part) => part !== null) ? Object.fromEntries(parts.map((part) => [part[1] as string, part[2] as string])) : undefined
}

/** `…, which turn forces and move y` of motions of points: the actions by output. */
function followingOutputs(text: string): Words {
  const found = [...text.matchAll(/(turn|move) (\w+)/gu)]
  return Object.fromEntries(found.map(([, verb, name]) => [name as string, verb === 'turn' ? 'O(3) on axis -1' : 'E(3) on axes 0 1']))
}

function read(text: string, names: Names): ActionClaims | undefined {
  const [, motions, consequence = ''] = /^rotations(, reflections)? and translations of the points(.*)$/u.exec(text) ?? []
  if (/^rotations(?:, reflections)? and translations of the points/u.test(text)) {
    const special = motions === undefined ? 'S' : ''
    const turned = `${special}O(3) on axis -1`
    const inputs = { positions: `${special}E(3) on axes 0 1`, velocities: turned, shifts: turned, frames: turned }
    const outputs = Object.entries(followingOutputs(consequence)).map(([name, action]) => [name, `${special}${action}`])
    return claimsOf({ inputs, outputs: Object.fromEntries(outputs) }, names)
  }
  const [, permuted] = /^permutations of the points and of the edges(?:, which permute (.*))?$/u.exec(text) ?? []
  if (text.startsWith('permutations of the points and of the edges'))
    return claimsOf(
      { inputs: OF_SPARSE, outputs: Object.fromEntries((permuted ?? '').split(', ').map((name) => [name, 'S on axis 0'])) },
      names,
    )
  const words = Object.hasOwn(known, text) ? known[text] : undefined
  if (words !== undefined) return claimsOf(words, names)
  const written = writtenActions(text)
  return written && claimsOf({ inputs: written }, names)
}

/** The symmetries that the metadata of a file declare. */
export function declaredSymmetries({ symmetry = '' }: Readonly<Record<string, string>>, names: Names): Declared[] {
  const texts = symmetry.split(';').map((text) => text.trim())
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      try {
        return { text, claims: read(text, names) }
      } catch {
        // A file may call its symmetry what it likes.
        return { text, claims: undefined }
      }
    })
}
