import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const x = t.input('x', 'float32', ['n', 3])
const sizes = new Map(Object.entries({ n: 5, k: 2 }))
const cost = (outputs: Record<string, t.Tensor>, inputs: readonly t.Input[] = [x]): t.ProgramCost =>
  t.costOf(t.program({ inputs, outputs }), sizes)

describe('the cost of a Program', () => {
  test('elementwise: one operation an element, and the bytes that are written', () => {
    expect(cost({ y: t.exp(x) })).toEqual({ nodes: 1, bytes: 60, operations: 15 })
    expect(cost({ y: t.cast(x, 'float16') })).toEqual({ nodes: 1, bytes: 30, operations: 15 })
    expect(cost({ y: t.greater(x, 0) })).toEqual({ nodes: 2, bytes: 15, operations: 15 })
    expect(cost({})).toEqual({ nodes: 0, bytes: 0, operations: 0 })
  })

  test('a sum counts what it reads; what is moved costs bytes alone', () => {
    expect(cost({ y: t.reduceSum(x) })).toEqual({ nodes: 1, bytes: 4, operations: 15 })
    expect(cost({ y: t.transpose(x) })).toEqual({ nodes: 1, bytes: 60, operations: 0 })
    expect(cost({ y: t.range('n') })).toEqual({ nodes: 1, bytes: 0, operations: 0 })
    expect(cost({ y: t.topK(x, 2).values })).toEqual({ nodes: 1, bytes: 5 * 2 * 4 + 5 * 2 * 8, operations: 15 })
  })

  test('sums of products count a multiplication and an addition each', () => {
    const [w, signal, kernel] = [
      t.input('w', 'float32', [3, 'k']),
      t.input('signal', 'float32', [7, 6, 'n']),
      t.input('kernel', 'float32', [4, 3, 2]),
    ]
    const operations = (y: t.Tensor): number => t.productOperations(y.node, sizes)
    expect(operations(t.matMul(x, w))).toBe(2 * 5 * 3 * 2)
    const y = t.conv(signal, kernel, { groups: 2 })
    expect(operations(y)).toBe(2 * (7 * 4 * 4) * (3 * 2))
    const back = t.input('back', 'float32', [7, 4, t.minus(t.symbol('n'), 1)])
    const gradients = t.vectorJacobianProduct([{ output: y, cotangent: back }], [signal, kernel]) as [t.Tensor, t.Tensor]
    expect(gradients.map((g) => g.node.operator.name)).toEqual(['ConvInputGradient', 'ConvWeightGradient'])
    expect(gradients.map(operations)).toEqual([2 * (7 * 4 * 4) * (3 * 2), 2 * (7 * 4 * 4) * (3 * 2)])
    const wider = t.convTranspose(signal, t.input('kernel', 'float32', [6, 5, 3]))
    expect(operations(wider)).toBe(2 * (7 * 6 * 5) * (5 * 3))
    expect(operations(t.exp(x))).toBe(0)
    expect(cost({ y: t.matMul(x, w) }, [x, w])).toEqual({ nodes: 1, bytes: 40, operations: 60 })
    expect(cost({ y }, [signal, kernel]).operations).toBe(2 * (7 * 4 * 4) * (3 * 2))
    expect(cost({ g: gradients[0] }, [kernel, back, signal]).operations).toBe(2 * (7 * 4 * 4) * (3 * 2))
  })

  test('a loop costs its body, once for each iteration', () => {
    const [i, state, rows] = [t.input('i', 'int64', []), t.input('state', 'float32', [3]), t.input('rows', 'float32', ['piece', 3])]
    const plain = t.program({ inputs: [i, state], outputs: { next: t.exp(state) } })
    const start = t.input('start', 'float32', [3])
    const [last] = t.repeat(plain, { count: 4, states: [start] }) as [t.Tensor]
    expect(cost({ last }, [start])).toEqual({ nodes: 2, bytes: 4 * 12 + 12, operations: 4 * 3 })
    const divided = t.program({ inputs: [i, state, rows], outputs: { next: t.add(state, t.reduceSum(rows, { axis: 0 })) } })
    const [sum] = t.repeat(divided, { count: 'n', size: 2, states: [start], divided: [x] }) as [t.Tensor]
    // Three iterations of two rows each: a sum that reads six numbers, and one of three.
    expect(cost({ sum }, [start, x])).toEqual({ nodes: 3, bytes: 3 * 24 + 12, operations: 3 * (6 + 3) })
  })
})

describe('what the passes of a target did', () => {
  test('each pass that changed something, with the cost before and after', () => {
    const p = t.program({ inputs: [x], outputs: { y: t.mul(t.exp(x), t.exp(x)), z: t.neg(t.neg(x)) } })
    const explained = t.explain(p)
    expect(explained.target).toBe('plain')
    expect(explained.before).toEqual({ nodes: 5, bytes: 5 * 16 * 3 * 4, operations: 5 * 16 * 3 })
    expect(explained.after).toEqual({ nodes: 2, bytes: 2 * 16 * 3 * 4, operations: 2 * 16 * 3 })
    expect(explained.passes.map(({ pass, changes }) => [pass, changes])).toEqual([
      ['merge-equal-nodes', 1],
      ['arithmetic-identities', 1],
    ])
    const [merging, rewriting] = explained.passes as [t.PassReport, t.PassReport]
    expect([merging.before.nodes, merging.after.nodes, rewriting.before.nodes, rewriting.after.nodes]).toEqual([5, 4, 4, 2])
  })

  test('sizes of symbols, and nothing to do', () => {
    const p = t.program({ inputs: [x], outputs: { y: t.exp(x) } })
    const explained = t.explain(p, t.plainTarget, { sizes: { n: 2 } })
    expect(explained).toEqual({
      target: 'plain',
      before: { nodes: 1, bytes: 24, operations: 6 },
      after: { nodes: 1, bytes: 24, operations: 6 },
      passes: [],
    })
  })

  test('what all runs of a pass changed, and inputs that are fixed', () => {
    const seen: string[][] = []
    const dropping: t.Pass = {
      name: 'drop one',
      run: (program, { fixed }) => {
        seen.push(program.inputs.filter(({ tensor }) => fixed.has(tensor)).map(({ name }) => name))
        const [output] = program.outputs.map(({ tensor }) => tensor) as [t.Tensor]
        const inner = t.nodeOf(output, 'Exp')?.inputs[0]
        return inner === undefined ? program : program.withOutputs([inner])
      },
    }
    const p = t.program({ inputs: [x], outputs: { y: t.exp(t.exp(t.exp(x))) } })
    const { passes, after } = t.explain(p, { name: 'own', passes: [dropping] }, { fixed: ['x'] })
    expect(after.nodes).toBe(0)
    expect(passes).toEqual([
      {
        pass: 'drop one',
        changes: 3,
        before: { nodes: 3, bytes: 3 * 192, operations: 3 * 48 },
        after: { nodes: 0, bytes: 0, operations: 0 },
      },
    ])
    expect(seen[0]).toEqual(['x'])
  })
})

describe('passes again and again', () => {
  const counting = (): { pass: t.Pass; runs: () => number } => {
    let runs = 0
    const pass = t.graphPass('count', ({ outputs }) => {
      runs++
      return outputs.map(({ tensor }) => tensor)
    })
    return { pass, runs: () => runs }
  }

  test('what a pass had nothing to do for is not looked at again, in the same context', () => {
    const { pass, runs } = counting()
    const p = t.program({ inputs: [x], outputs: { y: t.exp(x) } })
    const context = { fixed: new Set<t.Tensor>() }
    expect(pass.run(p, context)).toBe(p)
    expect(pass.run(p, context)).toBe(p)
    expect(runs()).toBe(1)
    expect(pass.run(p, { fixed: new Set([x]) })).toBe(p)
    expect(runs()).toBe(2)
  })

  test('bodies of loops are looked at too, but those that are not entered', () => {
    const state = t.input('state', 'float32', [3])
    const body = t.program({ inputs: [t.input('i', 'int64', []), state], outputs: { next: t.neg(t.neg(state)) } })
    const [last] = t.repeat(body, { count: 2, states: [state] }) as [t.Tensor]
    const p = t.program({ inputs: [state], outputs: { last } })
    const bodyOf = (given: t.Program): string[] =>
      given.nodes.flatMap((node) => (t.isNode(node, 'Loop') ? node.attributes.body.nodes.map(({ operator }) => operator.name) : []))
    const rewrite = (program: t.Program): t.Tensor[] =>
      t.rewriteTensors(program, (node) => {
        const inner = t.isNode(node, 'Neg') ? t.nodeOf(node.inputs[0], 'Neg') : undefined
        return inner && [inner.inputs[0]]
      })
    expect(bodyOf(t.graphPass('all', rewrite).run(p, { fixed: new Set() }))).toEqual([])
    expect(bodyOf(t.graphPass('none', rewrite, () => false).run(p, { fixed: new Set() }))).toEqual(['Neg', 'Neg'])
    expect(t.graphPass('none', rewrite, () => false).run(p, { fixed: new Set() })).toBe(p)
  })
})
