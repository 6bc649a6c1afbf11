import { type DimensionLike, symbol, symbolsOf } from '@equivar/tensor'
import type { CarriedType } from '../carried.ts'
import type { GraphProto, OperatorSetIdProto, ValueInfoProto } from '../generated/onnx_pb.ts'
import { importedType } from './data-types.ts'
import { parseDimension } from './dimension-text.ts'

/** A size that only a run tells. @param place - what it is the size of. */
type ToldSize = (place: string, hint: string) => DimensionLike

/** All declarations of a graph and of the graphs inside of it. */
function infosOf(graph: GraphProto): ValueInfoProto[] {
  const inner = graph.node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g === undefined ? [] : infosOf(g))))
  return [...graph.valueInfo, ...graph.output, ...inner]
}

/** What a file tells of the types and shapes of the values that its nodes compute. */
export class DeclaredTypes {
  /** The versions of the domains of its operators. */
  readonly opsets: ReadonlyMap<string, bigint>
  readonly #infos: ReadonlyMap<string, ValueInfoProto>
  readonly #known: (name: string) => DimensionLike | undefined

  /** @param known - what a size of the inputs is by now; undefined for any other name. */
  constructor(graph: GraphProto, opsets: readonly OperatorSetIdProto[], known: (name: string) => DimensionLike | undefined) {
    this.#infos = new Map(infosOf(graph).map((info) => [info.name, info]))
    this.opsets = new Map(opsets.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version]))
    this.#known = known
  }

  /** The type and the shape of a value; undefined if the file does not tell them, or Equivar has no such type. Sizes that it leaves open are told by a run. */
  typeOf(name: string, told: ToldSize): CarriedType | undefined {
    const type = this.#infos.get(name)?.type
    if (type?.value.case !== 'tensorType') return undefined
    const { elemType, shape } = type.value.value
    const dtype = importedType(elemType)
    if (dtype === undefined || shape === undefined) return undefined
    const sizes = shape.dim.map(({ value }, axis): DimensionLike => {
      if (value.case === 'dimValue') return Number(value.value)
      const named = value.case === 'dimParam' && value.value !== '' ? this.#named(value.value) : undefined
      return named ?? told(`axis ${axis} of "${name}"`, `${name}_${axis}`)
    })
    return { dtype, shape: sizes }
  }

  /** The size that a text stands for, if it is made of sizes of the inputs. */
  #named(text: string): DimensionLike | undefined {
    const parsed = parseDimension(text)
    const names = [...symbolsOf(parsed)]
    if (names.length === 1 && parsed.toString() === symbol(names[0] as string).key) return this.#known(names[0] as string)
    return names.every((name) => this.#known(name) !== undefined) ? parsed : undefined
  }
}
