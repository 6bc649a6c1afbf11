import type { OnnxValue } from '@equivar/export-onnx'
import type { Shapes, TensorAction } from '@equivar/verify'
import { UsageError } from '../errors.ts'

/** What the sizes of a file's inputs are called, and which of them are equal: a forest of names, whose roots may have a number. */
class EqualSizes {
  readonly #parents = new Map<string, string>()
  readonly #numbers = new Map<string, number>()

  root(name: string): string {
    const parent = this.#parents.get(name)
    return parent === undefined ? name : this.root(parent)
  }

  number(name: string): number | undefined {
    return this.#numbers.get(this.root(name))
  }

  /** @throws UsageError if the size has another number. */
  set(name: string, size: number, where: string): void {
    const known = this.number(name)
    if (known !== undefined && known !== size) throw new UsageError(`${where}: expected size ${known}, received an action on size ${size}`)
    this.#numbers.set(this.root(name), size)
  }

  join(name: string, other: string, where: string): void {
    const [a, b] = [this.root(name), this.root(other)]
    if (a === b) return
    const size = this.#numbers.get(a)
    this.#parents.set(a, b)
    if (size !== undefined) this.set(b, size, where)
  }
}

/** The name of the size of an axis: that of the file, or one of its own. */
function sizeName({ name, shape }: OnnxValue, axis: number): string {
  const size = shape[axis]
  return typeof size === 'string' && size !== '' && size !== '?' ? `size ${size}` : `axis ${axis} of ${name}`
}

/** Demands of the sizes what an action demands. */
function demand(sizes: EqualSizes, input: OnnxValue, action: TensorAction): void {
  const where = `--action ${input.name}:"${action.name}"`
  const rank = input.shape.length
  action.factors.forEach(({ word, key, axes }, factor) => {
    word.sizes(axes.length)?.forEach((wanted, k) => {
      const axis = (axes[k] as number) + ((axes[k] as number) < 0 ? rank : 0)
      if (axis < 0 || axis >= rank)
        throw new UsageError(`${where}: expected axes of "${input.name}" [${input.shape.join(', ')}], received axis ${axes[k]}`)
      const [name, at] = [sizeName(input, axis), `${where}, axis ${axes[k]}`]
      if (typeof wanted === 'number') sizes.set(name, wanted, at)
      else sizes.join('shared' in wanted ? `${word.family} ${key} ${wanted.shared}` : `${input.name} ${factor} ${wanted.local}`, name, at)
    })
  })
}

/** Sizes of axes that nothing fixes, one list a round. Sizes of one round differ, so that no axis can stand for another. */
const rounds = [
  [5, 3, 4, 6, 7],
  [8, 6, 9, 5, 10],
  [1, 1, 1, 1, 1],
] as const

/**
 * Shapes of a file's inputs: a few choices of the sizes that neither the file nor the actions nor the options fix; one of them is 1.
 *
 * @param given - sizes by name.
 * @throws UsageError if the sizes of the file, the actions and the options do not agree.
 */
export function inputShapes(
  inputs: readonly OnnxValue[],
  actions: Readonly<Record<string, TensorAction>>,
  given: Readonly<Record<string, number>>,
): Shapes[] {
  const sizes = new EqualSizes()
  const names = inputs.flatMap((input) => input.shape.map((_, axis) => sizeName(input, axis)))
  for (const [name, size] of Object.entries(given)) {
    if (!names.includes(`size ${name}`)) throw new UsageError(`--size: expected a symbolic size of the file, received "${name}"`)
    if (!Number.isInteger(size) || size < 0) throw new UsageError(`--size: expected a whole number for ${name}, received ${size}`)
    sizes.set(`size ${name}`, size, '--size')
  }
  for (const input of inputs) {
    input.shape.forEach((size, axis) => {
      if (typeof size === 'number') sizes.set(sizeName(input, axis), size, input.name)
    })
    const action = Object.hasOwn(actions, input.name) ? actions[input.name] : undefined
    if (action !== undefined) demand(sizes, input, action)
  }
  const free = [...new Set(names.map((name) => sizes.root(name)).filter((root) => sizes.number(root) === undefined))]
  const choices = free.length === 0 ? rounds.slice(0, 1) : rounds
  return choices.map((choice) => {
    const sizeAt = (name: string): number => sizes.number(name) ?? (choice[free.indexOf(sizes.root(name)) % choice.length] as number)
    return Object.fromEntries(inputs.map((input) => [input.name, input.shape.map((_, axis) => sizeAt(sizeName(input, axis)))]))
  })
}
