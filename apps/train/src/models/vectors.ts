import { lorentz, type MatrixGroup, orthogonal, representation } from '@equivar/groups'
import { EquivariantMlp, uniformRepresentation } from '@equivar/layers-representations'
import { Mlp, type Module } from '@equivar/nn'
import { input, type Tensor } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import type { Facts, ModelKind, Settings } from '../model.ts'
import type { TaskSymmetry } from '../symmetry.ts'
import { matrixElements } from '../symmetry-matrices.ts'
import { encoded } from './features.ts'
import { predicted } from './regression.ts'

/** The groups of tasks on vectors, by name. */
const groups: Readonly<Record<string, () => MatrixGroup>> = {
  'O(3)': () => orthogonal(3),
  'O(5)': () => orthogonal(5),
  'O(1,3)': () => lorentz('full'),
}

/** The group of a task's vectors. @throws UsageError if the facts have none. */
export function matrixGroupOf({ vectors }: Facts): MatrixGroup {
  const group = groups[vectors?.group ?? '']?.()
  if (group !== undefined) return group
  const known = Object.keys(groups).join(', ')
  throw new UsageError(
    `emlp: expected vectors of ${known} (tasks inertia, o5-invariant, particle-scattering), received ${vectors?.group ?? 'none'}`,
  )
}

/** A network from vectors to vectors, and the symmetries it has. */
interface VectorNetwork {
  readonly module: Module & { forward(x: Tensor): Tensor }
  readonly symmetries: TaskSymmetry[]
}

/** A kind of network from vectors to vectors. */
const vectorModel = <Values extends Settings>(
  defaults: Values,
  make: (values: Values, facts: Facts) => VectorNetwork,
): ModelKind<Values> => ({
  defaults,
  build: (values, facts, goal) => {
    const x = input('x', 'float32', ['batch', facts.channels])
    const { module, symmetries } = make(values, facts)
    const output = (): Tensor => predicted(module.forward(encoded(x, facts, -1)), facts.regression)
    return { module, inputs: { x }, goal, target: goal.target('batch', facts.outputs), symmetries, output }
  },
})

// Published are 384 channels in 3 layers, of all ranks that fit, which take a second a step on one core.
const emlp = vectorModel({ hidden: 128, layers: 2, rank: 2 }, ({ hidden, layers, rank }, facts) => {
  const group = matrixGroupOf(facts)
  const [given, wanted] = [representation(group, facts.vectors?.input), representation(group, facts.vectors?.output)]
  const module = new EquivariantMlp({ input: given, output: wanted, hidden: uniformRepresentation(group, hidden, rank), layers })
  return { module, symmetries: [matrixElements(given, wanted)] }
})

const mlp = vectorModel({ hidden: 128, layers: 2 }, ({ hidden, layers }, { channels, outputs }) => {
  const sizes = [channels, ...Array<number>(layers).fill(hidden), outputs]
  return { module: new Mlp({ channels: sizes, activation: 'silu' }), symmetries: [] }
})

/** Models for vectors of representations of a matrix group. */
export const vectorModels: Readonly<Record<string, ModelKind>> = { emlp, 'mlp-vectors': mlp }
