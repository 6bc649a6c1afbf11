import { Module } from '@equivar/nn'
import { mul, slice, type Tensor } from '@equivar/tensor'
import { Features } from '../features.ts'
import { Irrep, type Parity } from '../irreps/irrep.ts'
import { Irreps, type IrrepsLike, irreps, type Summand } from '../irreps/irreps.ts'
import { type ScalarActivation, scalarActivation } from './normalized-activation.ts'

/** Options of Gate. */
export interface GateOptions {
  /** Scalars and pseudoscalars that become outputs through an activation. */
  readonly scalars: IrrepsLike
  /** One activation, or one for each summand of `scalars`. Default: silu for `0e`, tanh for `0o`. */
  readonly scalarActivations?: readonly ScalarActivation[]
  /** One (pseudo)scalar for each copy of `gated`. Default: as many `0e` as `gated` has copies. */
  readonly gates?: IrrepsLike
  /** One for each summand of `gates`. Default: sigmoid for `0e`, tanh for `0o`. */
  readonly gateActivations?: readonly ScalarActivation[]
  /** What is multiplied by the gates. */
  readonly gated: IrrepsLike
}

interface ScalarPart {
  readonly summand: Summand
  readonly apply: (x: Tensor) => Tensor
  readonly result: Irrep
}

function partsOf(where: string, given: Irreps, activations: readonly ScalarActivation[] | undefined, even: ScalarActivation): ScalarPart[] {
  if (activations !== undefined && activations.length !== given.summands.length)
    throw new RangeError(`Gate: expected ${given.summands.length} activations of ${where} (${given}), received ${activations.length}.`)
  return given.summands.map((summand, i) => {
    const { irrep } = summand
    if (irrep.l !== 0) throw new RangeError(`Gate: expected ${where} of degree 0, received ${given}.`)
    const { apply, parity } = scalarActivation(activations?.[i] ?? (irrep.parity === 1 ? even : 'tanh'))
    if (irrep.parity === -1 && parity === 'neither')
      throw new RangeError(
        `Gate: expected an even or odd activation for the pseudoscalars of ${where} (${given}): with another, reflections do not commute.`,
      )
    const result = new Irrep(0, (irrep.parity === 1 || parity === 'even' ? 1 : -1) as Parity)
    return { summand, apply, result }
  })
}

/** The columns of gates, one for each copy of the gated summands in turn, with their kinds. */
function gatedOutput(gates: readonly ScalarPart[], gated: Irreps): Irreps {
  const kinds = gates.flatMap(({ summand, result }) => new Array<Irrep>(summand.multiplicity).fill(result))
  if (kinds.length !== gated.count)
    throw new RangeError(`Gate: expected one gate for each of the ${gated.count} copies of ${gated}, received ${kinds.length}.`)
  const copies = gated.summands.flatMap(({ multiplicity, irrep }) => new Array<Irrep>(multiplicity).fill(irrep))
  return new Irreps(
    copies.map((irrep, i) => ({ multiplicity: 1, irrep: new Irrep(irrep.l, (irrep.parity * (kinds[i] as Irrep).parity) as Parity) })),
  ).simplified()
}

/**
 * The gated nonlinearity: scalars go through activations, other features are multiplied by activated scalars.
 *
 * Law: f(D(Q) x) = D(Q) f(x) for rotations and reflections. Its input has scalars, gates and gated features, sorted (read `input`); its output the activated
 * scalars, then the gated features (read `output`).
 *
 * @throws RangeError if there is not one gate for each copy, a scalar has a degree, or a pseudoscalar gets an activation that is neither even nor odd.
 * @see Weiler et al. 2018, "3D steerable CNNs".
 */
export class Gate extends Module {
  readonly input: Irreps
  readonly output: Irreps
  readonly #scalars: readonly ScalarPart[]
  readonly #gates: readonly ScalarPart[]
  readonly #gated: Irreps
  readonly #whole: Irreps
  readonly #from: readonly number[]

  constructor(options: GateOptions) {
    super()
    const [scalars, gated] = [irreps(options.scalars), irreps(options.gated)]
    const gates = irreps(options.gates ?? (gated.count === 0 ? '' : `${gated.count}x0e`))
    this.#scalars = partsOf('scalars', scalars, options.scalarActivations, 'silu')
    this.#gates = partsOf('gates', gates, options.gateActivations, 'sigmoid')
    this.#gated = gated
    const sorted = scalars.plus(gates, gated).sorted()
    this.#whole = sorted.irreps
    this.#from = sorted.from
    this.input = sorted.irreps.simplified()
    const activated = new Irreps(this.#scalars.map(({ summand: { multiplicity }, result }) => ({ multiplicity, irrep: result })))
    this.output = activated.plus(gatedOutput(this.#gates, gated))
  }

  /** @param x - features of `input`. @returns features of `output`. @throws ShapeError if x has other irreps. */
  forward(x: Features): Features {
    x.demand('Gate.forward', this.input)
    const sorted = x.cut(this.#whole).blocks
    // Stryker disable next-line ArrayDeclaration: every place is written.
    const blocks: Tensor[] = []
    this.#from.forEach((source, at) => {
      blocks[source] = sorted[at] as Tensor
    })
    const scalars = this.#scalars.map(({ apply }, i) => apply(blocks[i] as Tensor))
    const start = this.#scalars.length
    const gates = this.#gates.map(({ apply, result, summand: { multiplicity } }, i) => ({
      multiplicity,
      parity: result.parity,
      value: apply(blocks[start + i] as Tensor),
    }))
    const gated = this.#gated.summands.map((_, i) => blocks[start + this.#gates.length + i] as Tensor)
    const pieces = gatedPieces(this.#gated, gated, gates)
    const irrepsOf = new Irreps([
      ...this.#scalars.map(({ summand: { multiplicity }, result }) => ({ multiplicity, irrep: result })),
      ...pieces.map(({ summand }) => summand),
    ])
    return new Features(irrepsOf, [...scalars, ...pieces.map(({ value }) => value)]).cut(this.output)
  }
}

/**
 * The gate whose output is `output`, as far as it can be reached: scalars through activations, the rest with one gate for each copy, `0e` if that can be reached and
 * else `0o`.
 *
 * @param reachable - the kinds that what is fed to the gate can have.
 */
export function reachableGate(
  reachable: Irreps,
  output: Irreps,
  activations: Pick<GateOptions, 'scalarActivations' | 'gateActivations'> = {},
): Gate {
  const kept = output.filter(({ irrep }) => reachable.countOf(irrep) > 0)
  const gated = kept.filter(({ irrep }) => irrep.l > 0)
  const kind = reachable.countOf(new Irrep(0, 1)) > 0 ? '0e' : '0o'
  const gates = gated.count === 0 ? '' : `${gated.count}x${kind}`
  return new Gate({ scalars: kept.filter(({ irrep }) => irrep.l === 0), gates, gated, ...activations })
}

/** Each gated block times its gates, cut where a gate of another summand begins. */
function gatedPieces(
  gated: Irreps,
  blocks: readonly Tensor[],
  gates: readonly { readonly multiplicity: number; readonly parity: Parity; readonly value: Tensor }[],
): { readonly summand: Summand; readonly value: Tensor }[] {
  const pieces: { summand: Summand; value: Tensor }[] = []
  const part = (t: Tensor, start: number, end: number): Tensor =>
    start === 0 && end === t.shape.at(-1) ? t : slice(t, { axis: -1, start, end })
  let [gate, used] = [0, 0]
  gated.summands.forEach(({ multiplicity, irrep }, i) => {
    for (let start = 0; start < multiplicity; ) {
      while ((gates[gate]?.multiplicity ?? 1) === used) [gate, used] = [gate + 1, 0]
      const { multiplicity: all, parity, value } = gates[gate] as (typeof gates)[number]
      const count = Math.min(multiplicity - start, all - used)
      pieces.push({
        summand: { multiplicity: count, irrep: new Irrep(irrep.l, (irrep.parity * parity) as Parity) },
        value: mul(part(blocks[i] as Tensor, start, start + count), part(value, used, used + count)),
      })
      start += count
      used += count
    }
  })
  return pieces
}
