import {
  add,
  differentiate,
  evaluate,
  Input,
  mul,
  program,
  Random,
  reduceSum,
  type Tensor,
  type TensorValue,
  toNumbers,
  topological,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { networks, type Sizes } from './families.ts'

/** Points whose positions are special, all of them joined with all others. */
const structures: Readonly<Record<string, readonly number[]>> = {
  'no points': [],
  'one point': [1, 2, 3],
  'two points at one place': [1, 2, 3, 1, 2, 3],
  'three points, two at one place': [1, 2, 3, 1, 2, 3, 2, 2, 3],
  'points on a line': [0, 0, 0, 1, 0, 0, 2, 0, 0],
  'points on a line along the polar axis': [0, 0, 0, 0, 1, 0, 0, -2, 0],
  'points beyond every cutoff': [0, 0, 0, 90, 0, 0, 0, 0, 200],
  'points at the cutoff': [0, 0, 0, 5, 0, 0, 0, 0, -5],
}

type Network = (typeof networks)[number]

/** Networks whose messages vanish at the radius. */
const cutsOff: ReadonlySet<string> = new Set(['SchNet', 'PaiNn', 'TensorFieldNetwork', 'Mace', 'energyAndForces of SchNet'])

/** The leaves that are no inputs. */
const parametersIn = (outputs: readonly Tensor[], known: ReadonlySet<Tensor>): Record<string, Input> =>
  Object.fromEntries(
    topological(outputs)
      .flatMap(({ outputs: [leaf] }) => (leaf instanceof Input && !known.has(leaf) ? [leaf] : []))
      .map((leaf, i) => [`parameter ${i}`, leaf]),
  )

/** The outputs, and the first and second derivatives of their sum by the positions (the second along a direction). */
function derivatives(network: Network) {
  const sizes: Sizes = { nodes: 0, edges: 0 }
  const { inputs, outputs } = network.expression(sizes, false)
  const named = outputs as Readonly<Record<string, Tensor>>
  const positions = inputs.positions as Input
  const loss = Object.values(named)
    .map((y) => reduceSum(mul(y, y)))
    .reduce((sum, each) => add(sum, each))
  const [first] = differentiate(loss, [positions]) as [Tensor]
  const [second] = differentiate(reduceSum(mul(first, inputs.velocities as Input)), [positions]) as [Tensor]
  return { inputs, outputs: { ...named, first, second } }
}

function feeds(positions: readonly number[]): Record<string, TensorValue> {
  const random = new Random({ seed: 3 })
  const nodes = positions.length / 3
  const pairs = Array.from({ length: nodes * nodes }, (_, at) => [Math.floor(at / nodes), at % nodes]).filter(([i, j]) => i !== j)
  const float = (shape: readonly number[], numbers?: readonly number[]): TensorValue => ({
    dtype: 'float32',
    shape,
    data: Float64Array.from(numbers ?? Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal())),
  })
  const ends = [...pairs.map(([i]) => BigInt(i as number)), ...pairs.map(([, j]) => BigInt(j as number))]
  return {
    x: float([nodes, 2]),
    positions: float([nodes, 3], positions),
    velocities: float([nodes, 3]),
    edges: { dtype: 'int64', shape: [2, pairs.length], data: BigInt64Array.from(ends) },
  }
}

describe.each(networks.map((network) => [network.name, network] as const))('%s', (_, network) => {
  const { inputs, outputs } = derivatives(network)
  const known = new Set<Tensor>(Object.values(inputs) as Tensor[])
  const parameters = parametersIn(Object.values(outputs), known)
  const made = program({ inputs: { ...inputs, ...parameters }, outputs } as Parameters<typeof program>[0])
  const random = new Random({ seed: 5 })
  const weights = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]): [string, TensorValue] => {
      const sizes = shape as readonly number[]
      const data = Float64Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () => random.normal() / 2)
      return [name, { dtype: 'float32', shape: sizes, data }]
    }),
  )

  test.each(Object.keys(structures))('%s: values, first and second derivatives are finite', (name) => {
    const found = evaluate(made, { ...feeds(structures[name] as readonly number[]), ...weights })
    for (const [output, { data }] of Object.entries(found)) expect(toNumbers(data).every(Number.isFinite), output).toBe(true)
  })

  test.runIf(cutsOff.has(network.name))('points beyond every cutoff are points alone', () => {
    const far = feeds(structures['points beyond every cutoff'] as readonly number[])
    const alone = { ...far, edges: { dtype: 'int64' as const, shape: [2, 0], data: new BigInt64Array(0) } }
    const [joined, single] = [far, alone].map((given) => evaluate(made, { ...given, ...weights }))
    for (const output of Object.keys(outputs))
      expect(Array.from(toNumbers(joined![output]!.data)), output).toEqual(Array.from(toNumbers(single![output]!.data)))
  })
})
