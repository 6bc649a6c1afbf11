import { type Program, printShape, symbolsOf } from '@equivar/tensor'

/**
 * Demands that the inputs tell every size of a Program: as an axis, or as the value of an input that binds it. Otherwise it could be made, and never run.
 *
 * @returns the Program.
 * @throws RangeError that names the size and says what to write.
 */
export function withToldSizes(where: string, made: Program): Program {
  const told = new Set(made.inputs.flatMap(({ tensor: { shape, binds } }) => [...shape.flatMap((size) => [...symbolsOf(size)]), binds]))
  const unknown = [...made.symbols].find((symbol) => !told.has(symbol))
  if (unknown === undefined) return made
  const data = made.inputs.filter(({ tensor }) => tensor.shape.some((size) => typeof size !== 'number'))
  const received = data.map(({ name, tensor }) => `${name} ${printShape(tensor.shape)}`).join(', ') || 'no axis with a symbolic size'
  const name = unknown === 'graphs' ? 'num_graphs' : `num_${unknown}`
  throw new RangeError(
    `${where}: expected an input that tells the size "${unknown}", received ${received}. Add one whose value it is, ${name}: input('${name}', 'int64', [], { binds: '${unknown}' })${unknown === 'graphs' ? ', as graphInputs of @equivar/layers-graphs does' : ''}.`,
  )
}
