import type { Random, TensorValue } from '@equivar/tensor'
import type { GroupElement, Symmetry } from '../symmetry.ts'
import type { Values } from '../values.ts'
import type { GroupWord, WordElement } from './group-word.ts'
import type { ActionFactor, TensorAction } from './parse-action.ts'

/** The actions of one group on inputs and outputs, by name. The group does not change the others: other outputs are invariant. */
export interface ActionClaims {
  readonly inputs: Readonly<Record<string, TensorAction>>
  readonly outputs?: Readonly<Record<string, TensorAction>>
}

/** One factor of the group: the word that supplies its elements, and the sizes of its axes. */
interface Factor {
  word: GroupWord
  readonly sizes: Map<string, number>
}

/** Elements of some factors. */
type Chosen = ReadonlyMap<string, WordElement>

const keyOf = ({ word, key }: ActionFactor): string => `${word.family} ${key}`

/** The axes of a factor, counted from 0. @throws RangeError if the tensor lacks one, or one appears twice. */
function axesOf({ axes }: ActionFactor, { rank, name, action }: { rank: number; name: string; action: string }): number[] {
  const counted = axes.map((axis) => (axis < 0 ? rank + axis : axis))
  if (counted.some((axis) => axis < 0 || axis >= rank) || new Set(counted).size < counted.length)
    throw new RangeError(`${name}: expected "${action}" to name different axes of ${rank}, received ${axes.join(', ')}.`)
  return counted
}

/** Notes the sizes of the axes that factors act on. @throws RangeError if they differ from what the groups demand. */
function bindSizes(factors: Map<string, Factor>, action: TensorAction, name: string, { shape }: TensorValue): void {
  for (const factor of action.factors) {
    const { sizes } = factors.get(keyOf(factor)) as Factor
    const local = new Map<string, number>()
    const axes = axesOf(factor, { rank: shape.length, name, action: action.name })
    factor.word.sizes(axes.length)?.forEach((wanted, k) => {
      const size = shape[axes[k] as number] as number
      const [known, key] =
        typeof wanted === 'number' ? [undefined, ''] : 'shared' in wanted ? [sizes, wanted.shared] : [local, wanted.local]
      const expected = typeof wanted === 'number' ? wanted : (known?.get(key) ?? size)
      known?.set(key, expected)
      if (size !== expected)
        throw new RangeError(
          `${name}: expected axis ${axes[k]} of size ${expected} for "${action.name}", received shape [${shape.join(', ')}].`,
        )
    })
  }
}

/** The values, if all that an action moves are among them: an action on another would say nothing. @throws RangeError that names the first that is not. */
function withAll(values: Values, actions: Readonly<Record<string, TensorAction>>): Values {
  const missing = Object.keys(actions).find((name) => !Object.hasOwn(values, name))
  if (missing === undefined) return values
  throw new RangeError(`actionSymmetry: expected actions on outputs among ${Object.keys(values).join(', ')}, received one on "${missing}".`)
}

/** Applies elements to values by the actions. */
function act(
  values: Values,
  actions: Readonly<Record<string, TensorAction>>,
  chosen: Chosen,
  check: (name: string, value: TensorValue) => void,
): Values {
  const moved = Object.entries(values).map(([name, value]) => {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (action === undefined) return [name, value] as const
    check(name, value)
    const result = action.factors.reduce((changed, factor) => {
      const element = chosen.get(keyOf(factor))
      const axes = axesOf(factor, { rank: value.shape.length, name, action: action.name })
      if (element === undefined) return changed
      return factor.onEntries ? (element.rename?.(changed) ?? changed) : element.act(changed, axes, factor.word)
    }, value)
    return [name, result] as const
  })
  return Object.fromEntries(moved)
}

/** @throws RangeError if a group renames entries, and nothing tells how many points it moves. */
function demandPoints(inputs: ActionClaims['inputs'], factors: ReadonlyMap<string, Factor>): void {
  for (const [name, action] of Object.entries(inputs))
    for (const factor of action.factors) {
      const { points } = factor.word
      const isOpen = typeof points === 'object' && 'shared' in points && !factors.get(keyOf(factor))?.sizes.has(points.shared)
      if (factor.onEntries && isOpen)
        throw new RangeError(
          `${name}: expected "${action.name}" beside an action of the same group on an axis, such as "S on axis 0" of the features of the points, received none.`,
        )
    }
}

/** The factors of the group, by key. @throws RangeError if one acts on no input. */
function factorsOf({ inputs, outputs = {} }: ActionClaims): Map<string, Factor> {
  const factors = new Map<string, Factor>()
  const add = (factor: ActionFactor): void => {
    const found = factors.get(keyOf(factor))
    if (found === undefined) factors.set(keyOf(factor), { word: factor.word, sizes: new Map() })
    else if (factor.word.translates) found.word = factor.word
  }
  for (const { factors: each } of Object.values(inputs)) each.forEach(add)
  for (const [name, action] of Object.entries(outputs))
    for (const factor of action.factors) {
      if (!factors.has(keyOf(factor)))
        throw new RangeError(
          `${name}: expected "${action.name}" to name groups that act on an input, received ${factor.word.text} (${factor.key}).`,
        )
    }
  return factors
}

/**
 * The symmetry that actions in words claim: f(g x) = g f(x) for every element g of one group, which acts on several inputs and outputs.
 *
 * Its elements are generators of each factor, and random elements of the whole group.
 *
 * @param options - `samples`: the number of random elements; 4 by default.
 * @throws RangeError if an output names a group that acts on no input; from `elements` and what they act on, if axes or sizes do not fit the actions.
 * @example symmetryError(run, actionSymmetry({ inputs: { x: parseAction('S on axis 1') } }).elements(feeds, random), feeds)
 */
export function actionSymmetry(claims: ActionClaims, { samples = 4 }: { readonly samples?: number } = {}): Symmetry {
  const { inputs, outputs = {} } = claims
  const words = factorsOf(claims)
  return {
    name: Object.entries(inputs)
      .map(([name, action]) => `${name}: ${action.name}`)
      .join(', '),
    elements: (values: Values, random: Random): readonly GroupElement[] => {
      const factors = new Map([...words].map(([key, { word }]) => [key, { word, sizes: new Map<string, number>() }]))
      for (const [name, value] of Object.entries(values)) {
        if (Object.hasOwn(inputs, name)) bindSizes(factors, inputs[name] as TensorAction, name, value)
      }
      demandPoints(inputs, factors)
      const check = (name: string, value: TensorValue): void => bindSizes(factors, outputs[name] as TensorAction, name, value)
      const element = (chosen: Chosen): GroupElement => ({
        name: [...chosen].map(([key, { name }]) => `${(factors.get(key) as Factor).word.text}: ${name}`).join('; '),
        input: (each) => act(each, inputs, chosen, () => {}),
        output: (each) => act(withAll(each, outputs), outputs, chosen, check),
      })
      const generators = [...factors].flatMap(([key, { word, sizes }]) => word.generators(sizes).map((g) => new Map([[key, g]])))
      const mixed = Array.from(
        { length: samples },
        () => new Map([...factors].map(([key, { word, sizes }]) => [key, word.random(sizes, random)])),
      )
      return [...generators, ...mixed].map(element)
    },
  }
}
