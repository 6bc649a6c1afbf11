import { fillMissing, LOWEST, Module } from '@equivar/nn'
import { Input, printShape, squeeze, Tensor } from '@equivar/tensor'
import { actionSymmetry, parseAction, type Symmetry, type TensorAction } from '@equivar/verify'
import { UsageError } from '../errors.ts'
import type { Goal } from '../goals.ts'
import type { Facts, ModelKind, Settings, TaskModel } from '../model.ts'
import { edgeFacts } from '../models/edge-graphs.ts'
import { encoded, encodedFacts } from '../models/features.ts'
import { predicted } from '../models/regression.ts'
import { shown } from '../printable.ts'
import type { TaskSymmetry } from '../symmetry.ts'
import type { TaskFile } from '../task.ts'
import type { CheckedDefinition } from './check-definition.ts'
import { channelAxisOf, exampleInputs, exampleSymmetries, rowsOf } from './example-inputs.ts'
import { inFile } from './faults.ts'

/** A definition and the file that it is from. */
export interface DefinedIn {
  readonly definition: CheckedDefinition
  readonly file: TaskFile
  /** The file as the user names it. */
  readonly named: string
}

/** Runs a function of the definition, so that what it throws names the file. */
const within = <T>({ file, named }: DefinedIn, key: string, run: () => T): T => inFile(file.path, `${named}: ${key}`, run)

type Inputs = Readonly<Record<string, Input>>

/** @throws UsageError if the inputs are none. */
function inputsOf(defined: DefinedIn, facts: Facts, settings: Settings): Inputs {
  const { definition, named } = defined
  const own = definition.inputs
  if (own === undefined) {
    if (facts.kind !== undefined) return exampleInputs(facts.kind, facts)
    throw new UsageError(`${named}: expected "inputs", because "data" gives data sets, received nothing`)
  }
  const inputs: unknown = within(defined, 'inputs', () => own(facts, settings))
  const entries = typeof inputs === 'object' && inputs !== null ? Object.entries(inputs) : []
  const odd = entries.find(([, value]) => !(value instanceof Input))
  if (entries.length === 0 || odd !== undefined)
    throw new UsageError(
      `${named}: inputs: expected inputs of @equivar/tensor by name, such as { x: input('x', 'float32', ['batch', 3]) }, received ${odd === undefined ? shown(inputs) : `${shown(odd[1])} as "${odd[0]}"`}`,
    )
  return inputs as Inputs
}

/** What the output must be, for messages. */
const meanings: Readonly<Record<NonNullable<Facts['predicts']>, string>> = {
  label: 'a number for each class',
  y: 'the numbers to predict',
  labels: 'a number for each class of each element',
  ys: 'the numbers to predict for each element',
  chosen: 'a score for each element',
}

/** @throws UsageError if the output does not fit the goal. */
function demandShape({ definition, named }: DefinedIn, output: Tensor, facts: Facts): void {
  const { goal, inputs } = definition
  const width = goal === 'chosen' ? [] : [facts.outputs]
  const rows = facts.kind === undefined ? undefined : rowsOf(facts.kind, goal)
  const expected = [...(rows ?? ['...']), ...width]
  const [wanted, received] = [`[${expected.join(', ')}]`, printShape(output.shape)]
  const isWide = goal === 'chosen' || output.shape.at(-1) === facts.outputs
  // Inputs of one's own may have axes of other names and fixed sizes.
  const fits = rows === undefined ? isWide && output.shape.length > 1 : isWide && output.shape.length === expected.length
  if (fits && (rows === undefined || inputs !== undefined || received === wanted)) return
  throw new UsageError(`${named}: output: expected ${wanted} for "${goal}", ${meanings[goal]}, received ${received}`)
}

/** The network's output as the goal needs it: numbers in their units, no score for an element that does not exist. */
function outputOf(defined: DefinedIn, module: Module, inputs: Inputs, facts: Facts): Tensor {
  const { definition, named } = defined
  const { x, edge_attr: attributes, mask } = inputs
  const seen = {
    ...inputs,
    ...(x === undefined ? {} : { x: encoded(x, facts, channelAxisOf(facts.kind)) }),
    ...(attributes === undefined ? {} : { edge_attr: encoded(attributes, edgeFacts(facts), -1) }),
  }
  const output: unknown = within(defined, 'output', () => definition.output(module, seen))
  if (!(output instanceof Tensor)) throw new UsageError(`${named}: output: expected a tensor, received ${shown(output)}`)
  if (definition.goal !== 'chosen') {
    demandShape(defined, output, facts)
    return predicted(output, facts.regression)
  }
  const scores = output.shape.length > 2 && output.shape.at(-1) === 1 ? squeeze(output, -1) : output
  demandShape(defined, scores, facts)
  return mask === undefined ? scores : fillMissing(scores, mask, LOWEST)
}

/** The actions in words on the tensors that have one. */
function actionsOf(
  defined: DefinedIn,
  words: Readonly<Record<string, string | undefined>>,
  holds: (name: string) => boolean,
): Record<string, TensorAction> {
  const given = Object.entries(words).filter((entry): entry is [string, string] => holds(entry[0]) && entry[1] !== undefined)
  return Object.fromEntries(given.map(([name, text]) => [name, within(defined, `symmetries: ${name}`, () => parseAction(text))]))
}

/** A symmetry that is claimed in words: by input, and `output`. @throws UsageError for another name. */
function inWords(
  defined: DefinedIn,
  words: Readonly<Record<string, string | undefined>>,
  { inputs, goal }: { readonly inputs: Inputs; readonly goal: Goal },
): TaskSymmetry {
  const known = [...Object.keys(inputs), 'output']
  const unknown = Object.keys(words).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`${defined.named}: symmetries: expected actions on ${known.join(', ')}, received "${unknown}"`)
  const claims = {
    inputs: actionsOf(defined, words, (name) => name !== 'output'),
    outputs: Object.fromEntries(
      Object.values(actionsOf(defined, words, (name) => name === 'output')).map((action) => [goal.output, action]),
    ),
  }
  const name = Object.entries(words).map(([tensor, text]) => `${tensor}: ${text}`)
  return { ...within(defined, 'symmetries', () => actionSymmetry(claims)), name: name.join(', ') }
}

/** The symmetries that are checked. */
function symmetriesOf(defined: DefinedIn, facts: Facts, seen: { readonly inputs: Inputs; readonly goal: Goal }): readonly TaskSymmetry[] {
  const { symmetries, inputs: own, goal } = defined.definition
  if (symmetries === undefined) return facts.kind === undefined || own !== undefined ? [] : exampleSymmetries(facts.kind, goal)
  return symmetries.map((each) => (isSymmetry(each) ? each : inWords(defined, each, seen)))
}

const isSymmetry = (given: object): given is Symmetry => 'elements' in given && typeof given.elements === 'function'

function buildNetwork(defined: DefinedIn, settings: Settings, facts: Facts, goal: Goal): TaskModel {
  const { definition, named } = defined
  const inputs = inputsOf(defined, facts, settings)
  const module: unknown = within(defined, 'model', () => definition.model(encodedFacts(facts), settings))
  if (!(module instanceof Module)) throw new UsageError(`${named}: model: expected a Module of @equivar/nn, received ${shown(module)}`)
  const output = (): Tensor => outputOf(defined, module, inputs, facts)
  const { shape } = output()
  const rows = definition.goal === 'chosen' ? shape.slice(0, 1) : shape.slice(0, -1)
  const { regularizer } = definition
  return {
    module,
    inputs,
    goal,
    target: goal.target(rows, facts.outputs),
    symmetries: symmetriesOf(defined, facts, { inputs, goal }),
    output,
    ...(regularizer === undefined ? {} : { regularizer: () => within(defined, 'regularizer', () => regularizer(module, inputs)) }),
  }
}

/** The model of a definition. */
export const networkOf = (defined: DefinedIn): ModelKind => ({
  defaults: defined.definition.settings ?? {},
  build: (settings, facts, goal) => buildNetwork(defined, settings, facts, goal),
})
