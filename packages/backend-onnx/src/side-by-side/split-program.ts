import {
  add,
  type Input,
  input,
  isNode,
  isZero,
  mapNodes,
  type NodeOf,
  type Program,
  pieceSymbol,
  program,
  repeat,
  symbolicDimensionsOf,
  symbolsOf,
  type Tensor,
  withInputs,
  zeros,
} from '@equivar/tensor'

/** An input of the program of pieces: rows of the batch, or what every piece reads; and where it comes from. */
export interface PieceInput {
  readonly name: string
  readonly isDivided: boolean
  /** An input of the whole program, or an output of `before`. */
  readonly source: string
}

/** A program whose loop over pieces of the batch stands alone, so that parts of the batch can run side by side. */
export interface SplitProgram {
  /** What pieces read and is not fed as it is; none if everything is. */
  readonly before: Program | undefined
  /** The loop over the pieces of a part of the batch; outputs are its sums, `total.0` and so on. */
  readonly pieces: Program
  readonly inputs: readonly PieceInput[]
  /** What is made of the sums of all parts, `total.0.0` (of part 0) and so on, and of the whole program's inputs. */
  readonly after: Program
}

/** The name of a sum over a part of the batch, as an input of `after`. */
export const totalOfPart = (total: number, part: number): string => `total.${total}.${part}`

/** The only loop over pieces, if the program has one outside other loops. */
function onlyLoop({ nodes }: Program): NodeOf<'Loop'> | undefined {
  const loops = nodes.filter((node): node is NodeOf<'Loop'> => isNode(node, 'Loop') && node.attributes.divided > 0)
  return loops.length === 1 ? loops[0] : undefined
}

/** Whether the shapes of the inputs tell all sizes, those within the loop included. */
function tellsSizes(given: Program, { attributes }: NodeOf<'Loop'>): boolean {
  const told = new Set(given.inputs.flatMap(({ tensor }) => [...tensor.shape.map(String), tensor.binds ?? '']))
  const asked = new Set([...given.symbols, ...attributes.body.symbols])
  asked.delete(pieceSymbol(attributes) as string)
  return [...asked].every((name) => told.has(name))
}

/** Inputs of the program that its outputs depend on. */
function read(inputs: Readonly<Record<string, Input>>, outputs: Readonly<Record<string, Tensor>>): Program {
  const all = program({ inputs, outputs })
  const used = new Set(all.nodes.flatMap((node) => node.inputs).concat(Object.values(outputs)))
  const sizes = new Set(all.nodes.flatMap(symbolicDimensionsOf).flatMap((d) => [...symbolsOf(d)]))
  const tells = ({ shape, binds }: Input): boolean => [...shape, binds ?? ''].some((d) => sizes.has(String(d)))
  const kept = Object.entries(inputs).filter(([, tensor]) => used.has(tensor) || tells(tensor))
  return program({ inputs: Object.fromEntries(kept), outputs, metadata: {} })
}

/** The loop as a program of its own. */
function piecesOf(
  loop: NodeOf<'Loop'>,
  sources: ReadonlyMap<Tensor, string>,
  said: readonly Input[],
): Pick<SplitProgram, 'pieces' | 'inputs'> {
  const { body, count, size, states, divided } = loop.attributes
  const inputs: PieceInput[] = []
  const leaves: Input[] = []
  const leaf = (x: Tensor, i: number): Tensor => {
    const source = sources.get(x)
    if (source === undefined) return x
    const made = input(`piece.${i}`, x.dtype, x.shape)
    inputs.push({ name: made.name, isDivided: i < divided, source })
    leaves.push(made)
    return made
  }
  const given = loop.inputs.slice(states).map(leaf)
  const first = body.outputs.map(({ tensor }) => zeros(tensor.shape, tensor.dtype))
  const totals = repeat(body, { count, size, states: first, divided: given.slice(0, divided), captured: given.slice(divided) })
  const outputs = Object.fromEntries(totals.map((total, i) => [`total.${i}`, total]))
  return { inputs, pieces: program({ inputs: [...leaves, ...said], outputs }) }
}

/**
 * Cuts a program at its loop over pieces.
 *
 * Law: the sums of all parts of the batch, in any division, put into `after`, give what the program gives.
 * @returns undefined if there is no such loop, or a part alone does not tell all sizes.
 */
export function splitAtPieces(given: Program, parts: number): SplitProgram | undefined {
  const loop = onlyLoop(given)
  if (loop === undefined || !loop.inputs.slice(0, loop.attributes.states).every(isZero)) return undefined
  const own = new Map<Tensor, string>(given.inputs.map(({ name, tensor }) => [tensor, name]))
  const made = [...new Set(loop.inputs.slice(loop.attributes.states))].filter((x) => !own.has(x) && !isNode(x.node, 'Constant'))
  const sources = new Map([...own, ...made.map((x, i): [Tensor, string] => [x, `before.${i}`])])
  const inputs = Object.fromEntries(given.inputs.map(({ name, tensor }) => [name, tensor]))
  const said = given.inputs.map(({ tensor }) => tensor).filter(({ binds }) => binds !== undefined)
  const { pieces, inputs: pieceInputs } = piecesOf(loop, sources, said)
  if (!tellsSizes(pieces, loop)) return undefined
  const totals = loop.outputs.map((y, i) => Array.from({ length: parts }, (_, part) => input(totalOfPart(i, part), y.dtype, y.shape)))
  const replaced = new Map<Tensor, Tensor>(loop.outputs.map((y, i) => [y, (totals[i] as Tensor[]).reduce((a, b) => add(a, b))]))
  const outputs = mapNodes(given, (node, of) => (node === loop ? node.outputs : withInputs(node, of).outputs), replaced)
  const leaves = Object.fromEntries(totals.flat().map((leaf) => [leaf.name, leaf]))
  const before = Object.fromEntries(made.map((x) => [sources.get(x) as string, x]))
  return {
    before: made.length === 0 ? undefined : read(inputs, before),
    pieces,
    inputs: pieceInputs,
    after: read({ ...inputs, ...leaves }, Object.fromEntries(given.outputs.map(({ name }, i) => [name, outputs[i] as Tensor]))),
  }
}
