import { type Program, printShape, symbolsOf } from '@equivar/tensor'

/**
 * Demands that every size of a Program is told: by an input, as an axis or as the value of one that binds it, or by a node when it runs. Otherwise it could be
 * made, and never run.
 *
 * @returns the Program.
 * @throws RangeError that names the size and says what to write.
 */
export function withToldSizes<Name extends string>(where: string, made: Program<Name>): Program<Name> {
  const told = new Set(made.inputs.flatMap(({ tensor: { shape, binds } }) => [...shape.flatMap((size) => [...symbolsOf(size)]), binds]))
  const { toldSymbols } = made
  const unknown = [...made.symbols].find((symbol) => !told.has(symbol) && !toldSymbols.has(symbol))
  if (unknown === undefined) return made
  const data = made.inputs.filter(({ tensor }) => tensor.shape.some((size) => typeof size !== 'number'))
  const received = data.map(({ name, tensor }) => `${name} ${printShape(tensor.shape)}`).join(', ') || 'no axis with a symbolic size'
  const name = unknown === 'graphs' ? 'num_graphs' : `num_${unknown}`
  throw new RangeError(
    `${where}: expected an input that tells the size "${unknown}", received ${received}. Add one whose value it is, ${name}: input('${name}', 'int64', [], { binds: '${unknown}' })${unknown === 'graphs' ? ', as graphInputs of @equivar/layers-graphs does' : ''}.`,
  )
}
