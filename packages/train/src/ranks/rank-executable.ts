import {
  type Backend,
  type DeviceTensor,
  type Executable,
  type Feeds,
  type Outputs,
  overRanks,
  type Program,
  type TensorValue,
} from '@equivar/tensor'
import { isOnDevice, onHost, scalar } from './on-host.ts'
import { gatherRows, type Ranks } from './ranks.ts'
import { reduceAll } from './reduce.ts'

/** The sizes of a rank's own feeds. */
function bindingOf(program: Program, feeds: Feeds): ReadonlyMap<string, number> {
  const given = program.inputs.flatMap(({ name, tensor }) => {
    const value = feeds[name]
    return value === undefined ? [] : [{ name, value, binds: tensor.binds }]
  })
  const told = given.filter(({ value, binds }) => binds !== undefined && !isOnDevice(value))
  return program.bind(
    Object.fromEntries(given.map(({ name, value }) => [name, value.shape])),
    Object.fromEntries(told.map(({ name, value }) => [name, Number((value as TensorValue).data[0])])),
  )
}

/** @throws RangeError if a size that all ranks share is not the same on all. */
function demandEqual(names: readonly string[], divided: ReadonlySet<string>, rows: readonly (readonly number[])[]): void {
  for (const [i, name] of names.entries()) {
    const sizes = rows.map((row) => row[i])
    if (!divided.has(name) && sizes.some((size) => size !== sizes[0]))
      throw new RangeError(
        `fit: expected batches whose size "${name}" is the same on all ranks, received ${sizes.join(', ')}. Pad the batches of all ranks alike.`,
      )
  }
}

/** The sizes of all ranks as feeds: those of this rank, of all, and of those before. */
async function sizeFeeds(
  ranks: Ranks,
  binding: ReadonlyMap<string, number>,
  divided: ReadonlySet<string>,
): Promise<Record<string, TensorValue>> {
  const names = [...binding.keys()].sort()
  const rows = await gatherRows(
    ranks,
    names.map((name) => binding.get(name) as number),
  )
  demandEqual(names, divided, rows)
  const sum = (i: number, count: number): number => rows.slice(0, count).reduce((total, row) => total + (row[i] as number), 0)
  return Object.fromEntries(
    names.flatMap((name, i) => [
      [`size.${name}`, scalar(binding.get(name) as number)],
      [`size.${name}_of_all`, scalar(sum(i, ranks.size))],
      [`size.${name}_before`, scalar(sum(i, ranks.rank))],
    ]),
  )
}

/**
 * A Program made ready for several ranks: each feeds its own examples, and all get what one would get that feeds them all, but for the order of additions.
 *
 * @param data - names of the inputs with examples.
 * @throws DimensionError if examples meet other than in sums.
 * @remarks One allreduce for sizes, and one for each type of numbers after each stage. Cost of a step without statistics over the batch: that of the gradients once.
 */
export async function compileOverRanks(
  program: Program,
  { backend, ranks, data }: { readonly backend: Backend; readonly ranks: Ranks; readonly data: readonly string[] },
): Promise<Executable> {
  const { stages, outputs, divided } = overRanks(program, data)
  const dividedSizes = new Set(divided)
  const compiled: Executable[] = []
  for (const stage of stages) compiled.push(await backend.compile(stage.program))
  const run = async (feeds: Feeds): Promise<Outputs> => {
    const sizes = await sizeFeeds(ranks, bindingOf(program, feeds), dividedSizes)
    const values = new Map<string, TensorValue | DeviceTensor>(Object.entries({ ...feeds, ...sizes }))
    const made: DeviceTensor[] = []
    for (const [i, { program: part, sums }] of stages.entries()) {
      const own = Object.fromEntries(part.inputs.map(({ name }) => [name, values.get(name) as TensorValue]))
      const results = await (compiled[i] as Executable).run(own)
      const summed = await reduceAll(ranks, Object.fromEntries(sums.map((name) => [name, results[name] as DeviceTensor])))
      for (const { name } of part.outputs) {
        values.set(name, summed[name] ?? (results[name] as DeviceTensor))
        if (summed[name] === undefined) made.push(results[name] as DeviceTensor)
      }
    }
    const returned = Object.fromEntries(
      program.outputs.map(({ name }) => [name, values.get(outputs[name] as string) as TensorValue | DeviceTensor]),
    )
    const kept = new Set(Object.values(returned))
    for (const tensor of made) if (!kept.has(tensor)) tensor.dispose()
    return Object.fromEntries(Object.entries(returned).map(([name, value]) => [name, isOnDevice(value) ? value : onHost(value)]))
  }
  return {
    run,
    dispose: async () => {
      for (const one of compiled) await one.dispose()
    },
  }
}
