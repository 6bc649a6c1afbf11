import type { Binding } from '../expression/dimension.ts'
import { FeedError } from '../expression/errors.ts'
import { ownEntry } from '../expression/own-entry.ts'
import { type DeviceTensor, elementCount, type Feeds, type TensorValue } from '../expression/value.ts'
import type { Program, ProgramInput } from './program.ts'

const isOnDevice = (value: TensorValue | DeviceTensor): value is DeviceTensor => typeof value.data === 'function'

/** What is run with, for messages: `run` of a backend, or `evaluate`. */
export type FeedPlace = 'run' | 'evaluate'

/**
 * Checks what a Program is fed, for all that run Programs: every input there, of its type, with as many numbers as its shape says, sizes that fit together.
 *
 * @remarks Sizes are solved for once for each new set of shapes: feeding the same shapes again compares them and no more.
 */
export class FeedCheck {
  readonly #program: Program
  readonly #where: FeedPlace
  readonly #given: readonly ProgramInput[]
  readonly #fixed: Readonly<Record<string, readonly number[]>>
  #key = ''
  #binding: Binding | undefined

  /** @param fixed - the shapes of inputs that became constants of the compiled Program, by name. */
  constructor(
    program: Program,
    { where = 'run', fixed = {} }: { where?: FeedPlace; fixed?: Readonly<Record<string, readonly number[]>> } = {},
  ) {
    this.#program = program
    this.#where = where
    this.#fixed = fixed
    this.#given = program.inputs.filter(({ name }) => !Object.hasOwn(fixed, name))
  }

  /**
   * What the symbols stand for with those feeds.
   *
   * @throws FeedError that names the input, what was expected and what came.
   */
  check(feeds: Feeds): Binding {
    const values = this.#given.map((one) => this.#demand(one, ownEntry(feeds, one.name)))
    const sizes = this.#given.map(({ tensor }, i) => (tensor.binds === undefined ? '' : sizeIn(this.#given[i] as ProgramInput, values[i])))
    const key = `${values.map(({ shape }) => shape.join()).join(';')}|${sizes.join()}`
    if (this.#binding !== undefined && key === this.#key) return this.#binding
    const shapes = Object.fromEntries(this.#given.map(({ name }, i) => [name, values[i]?.shape ?? []]))
    const bound = Object.fromEntries(this.#given.flatMap(({ name }, i) => (sizes[i] === '' ? [] : [[name, sizes[i] as number]])))
    this.#binding = this.#program.bind({ ...this.#fixed, ...shapes }, bound)
    this.#key = key
    return this.#binding
  }

  #demand({ name, tensor }: ProgramInput, value: TensorValue | DeviceTensor | undefined): TensorValue | DeviceTensor {
    const where = this.#where
    if (value === undefined) throw new FeedError(`${where}: the input "${name}" ${tensor.dtype} [${tensor.shape.join(', ')}] is missing.`)
    if (value.dtype !== tensor.dtype)
      throw new FeedError(`${where}: expected input "${name}" of type ${tensor.dtype}, received ${value.dtype}.`)
    if (isOnDevice(value)) return value
    if (value.data.length === elementCount(value.shape)) return value
    throw new FeedError(
      `${where}: expected ${elementCount(value.shape)} numbers for input "${name}" of shape [${value.shape.join(', ')}], received ${value.data.length}.`,
    )
  }
}

/** The value of an input that binds a size. */
function sizeIn({ name }: ProgramInput, value: TensorValue | DeviceTensor | undefined): number {
  if (value === undefined || isOnDevice(value))
    throw new FeedError(`run: expected numbers on the host for "${name}", whose value is a size, received a tensor on the device.`)
  return Number(value.data[0])
}
