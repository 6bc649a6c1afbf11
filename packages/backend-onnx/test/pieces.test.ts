import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { placesOfOtherAxes } from '../../tensor/test/passes/places-of-other-axes.ts'
import { defaultPieceLimits, type PieceLimits } from '../src/piece-limits.ts'
import { describePieces, type PieceOptions, piecesOfLoop, planOfPieces } from '../src/piece-size.ts'
import { targetOf } from '../src/targets.ts'
import { feeds, step } from './step-in-pieces.ts'

test.each([1, 2, 3, 7, undefined, false] as const)('%s examples at a time give what the reference gives', async (examplesPerPiece) => {
  const program = step()
  const backend = onnxBackend(examplesPerPiece === undefined ? {} : { examplesPerPiece })
  const executable = await backend.compile(program)
  for (const batch of [1, 5, 7]) {
    const [expected, results] = [t.evaluate(program, feeds(batch)), await executable.run(feeds(batch))]
    for (const [name, { data }] of Object.entries(expected)) {
      const got = await results[name]?.data()
      const scale = Math.max(...data.map(Math.abs))
      for (const [i, value] of data.entries()) expect(Math.abs(Number(got?.[i]) - value)).toBeLessThan(1e-5 * scale)
    }
  }
  await executable.dispose()
})

const loops = ({ nodes }: t.Program): number => nodes.filter((node) => node.operator.name === 'Loop').length

test('the cpu takes pieces, unless told not to; other devices take the whole', () => {
  expect(loops(t.optimize(step(), targetOf('cpu')))).toBe(1)
  expect(loops(t.optimize(step(), targetOf('cpu', { inPieces: false })))).toBe(0)
  expect(loops(t.optimize(step(), targetOf('webgpu')))).toBe(0)
})

test('a piece is as large as fits, and all are of nearly the same size', () => {
  const program = t.optimize(step(), targetOf('cpu'))
  const size = (batch: number, n: number): number | undefined =>
    describePieces(program, new Map(Object.entries({ batch, n })))?.examplesPerPiece
  expect(size(32, 8)).toBe(32)
  expect(size(0, 8)).toBe(1)
  expect(size(32, 4096)).toBe(1)
  const most = size(10_000, 64) as number
  expect(most).toBeGreaterThan(1)
  expect(size(most + 1, 64)).toBe(Math.ceil((most + 1) / 2))
})

const planFor = (batch: number, n: number, threads: number, options?: PieceOptions) =>
  planOfPieces(piecesOfLoop(t.optimize(step(), targetOf('cpu'))), threads, options)(new Map(Object.entries({ batch, n })))

test('parts run side by side where a step writes 16 MiB or more and there are several threads', () => {
  expect(planFor(64, 8, 2)).toBeUndefined()
  expect(planFor(64, 2048, 2)?.inParts).toBe(true)
  expect(planFor(64, 2048, 1)).toMatchObject({ inParts: false, isWholeElse: false })
  expect(planFor(1, 2048, 2)).toBeUndefined()
  expect(planOfPieces(piecesOfLoop(t.optimize(step(), targetOf('webgpu'))), 2)(new Map())).toBeUndefined()
})

test('a batch that stays in the cache is one piece a thread if it has convolutions, and whole where there is one thread', () => {
  const options = { pieceLimits: { pieceBytes: 1, wholeBytes: 2 ** 40, partsBytes: 1 } }
  expect(planFor(65, 128, 2, options)).toEqual({ examples: 33, inParts: true, isWholeElse: true })
  expect(planFor(65, 128, 3, options)).toEqual({ examples: 22, inParts: true, isWholeElse: true })
  expect(planFor(65, 128, 1, options)).toBeUndefined()
  const [x, w] = [t.input('x', 'float32', ['batch', 8]), t.input('w', 'float32', [8, 8])]
  const loss = t.reduceMean(t.tanh(t.matMul(x, w)))
  const [gradient] = t.differentiate(loss, [w])
  const products = t.program({ inputs: [x, w], outputs: { loss, gradient: gradient as t.Tensor } })
  const pieces = piecesOfLoop(t.optimize(products, targetOf('cpu')))
  expect(pieces).toBeDefined()
  expect(planOfPieces(pieces, 2, options)(new Map([['batch', 64]]))).toBeUndefined()
})

test('as many examples are in a piece as were asked for, or all', () => {
  expect(planFor(64, 8, 1, { examplesPerPiece: 3 })).toEqual({ examples: 3, inParts: false, isWholeElse: false })
  expect(planFor(64, 2048, 2, { examplesPerPiece: false })).toBeUndefined()
})

test('other limits may be given: how large pieces are, and from where on there are any', async () => {
  const program = t.optimize(step(), targetOf('cpu'))
  const sizes: t.Binding = new Map(Object.entries({ batch: 64, n: 8 }))
  const described = (pieceLimits: PieceLimits) => describePieces(program, sizes, { pieceLimits })
  const usual = describePieces(program, sizes)
  expect(described(defaultPieceLimits)).toEqual(usual)
  expect(usual).toMatchObject({ inPieces: false, sideBySide: false, examplesPerPiece: 64 })
  const each = usual?.bytesPerExample ?? 0
  expect(described({ pieceBytes: 2 * each, wholeBytes: 0, partsBytes: 0 })).toMatchObject({
    inPieces: true,
    sideBySide: true,
    examplesPerPiece: 2,
  })
  expect(described({ pieceBytes: 1, wholeBytes: 64 * each, partsBytes: 0 })).toMatchObject({ inPieces: false, examplesPerPiece: 1 })
  const executable = await onnxBackend({ threads: 1, pieceLimits: { pieceBytes: 2 * each, wholeBytes: 0, partsBytes: 2 ** 40 } }).compile(
    step(),
  )
  const [expected, results] = [t.evaluate(step(), feeds(7)), await executable.run(feeds(7))]
  for (const [name, { data }] of Object.entries(expected)) {
    const got = await results[name]?.data()
    const scale = Math.max(...data.map(Math.abs))
    for (const [i, value] of data.entries()) expect(Math.abs(Number(got?.[i]) - value)).toBeLessThan(1e-5 * scale)
  }
  await executable.dispose()
})

test('steps in a loop go through their batches in pieces too', async () => {
  const given = step()
  const inputs = Object.fromEntries(given.inputs.map(({ name, tensor }) => [name, t.input(name, tensor.dtype, tensor.shape)]))
  const iteration = t.input('iteration', 'int64', [])
  const total = t.input('total', 'float32', [])
  const replaced = new Map<t.Tensor, t.Tensor>(given.inputs.map(({ name, tensor }) => [tensor, inputs[name] as t.Tensor]))
  const [loss] = t.substitute([given.outputs[3]?.tensor as t.Tensor], replaced)
  const body = t.program({ inputs: { iteration, total, ...inputs }, outputs: { next: t.add(total, t.reduceSum(loss as t.Tensor)) } })
  const leaves = given.inputs.map(({ name, tensor }) => t.input(name, tensor.dtype, tensor.shape))
  const [y] = t.repeat(body, { count: 3, states: [t.constant(0, [], 'float32')], captured: leaves })
  const program = t.program({ inputs: leaves, outputs: { sum: y as t.Tensor } })
  const executable = await onnxBackend({ examplesPerPiece: 2 }).compile(program)
  const got = (await (await executable.run(feeds(5))).sum?.data())?.[0]
  expect(Number(got)).toBeCloseTo(t.evaluate(program, feeds(5)).sum?.data[0] as number, 4)
  await executable.dispose()
})

test('pieces without convolutions, with threads that do not run side by side, and sizes that pieces read of other inputs', async () => {
  const program = placesOfOtherAxes()
  const value = (...shape: number[]): t.TensorValue =>
    t.tensorValue(
      'float32',
      shape,
      Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(1 + 1.7 * i)),
    )
  for (const partsBytes of [0, 2 ** 40]) {
    const executable = await onnxBackend({ threads: 2, pieceLimits: { pieceBytes: 64, wholeBytes: 0, partsBytes } }).compile(program)
    for (const m of [4, 1]) {
      const given = { rows: value(5, 6), scale: value(1), other: value(m) }
      const [expected, results] = [t.evaluate(program, given), await executable.run(given)]
      for (const [name, { data }] of Object.entries(expected))
        expect(Number((await results[name]?.data())?.[0])).toBeCloseTo(data[0] as number, 4)
    }
    await executable.dispose()
  }
})
