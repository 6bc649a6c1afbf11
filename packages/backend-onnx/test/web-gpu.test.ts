import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import { conv, convTranspose, input, matMul, type Program, program, relu, repeat, sin, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { nodesLeftToCpu, sizeCheck } from '../src/web-gpu.ts'

const names = (p: Program): string[] => nodesLeftToCpu(onnxNodes(exportOnnx(p), 'test')).map((name) => name.replace(/#.*/, ''))
const of = (inputs: Readonly<Record<string, Tensor>>, y: Tensor): Program => program({ inputs: inputs as never, outputs: { y } })
const x = (...shape: (number | string)[]): Tensor => input('x', 'float32', shape)
const w = (...shape: (number | string)[]): Tensor => input('w', 'float32', shape)

/** What of y = f(x, w) the cpu does. */
const left = (f: (x: Tensor, w: Tensor) => Tensor, a: Tensor, b: Tensor): string[] => names(of({ x: a, w: b }, f(a, b)))

describe('what is left to the cpu on WebGPU', () => {
  test('convolutions that read three channels at a time, and no others', () => {
    const convolution = (inputs: number, outputs: number, length = 3): string[] => left(conv, x(1, inputs, 9), w(outputs, inputs, length))
    for (const inputs of [6, 9, 18, 30]) expect(convolution(inputs, 8)).toEqual(['Conv'])
    for (const inputs of [1, 2, 3, 4, 5, 12, 16, 24]) expect(convolution(inputs, 8)).toEqual([])
    expect(convolution(6, 7)).toEqual([])
    expect(convolution(6, 8, 1)).toEqual([])
  })

  test('transposed convolutions of three dimensions, or with groups and dilations', () => {
    expect(left(convTranspose, x(1, 2, 4, 4, 4), w(2, 2, 3, 3, 3))).toEqual(['ConvTranspose'])
    const options = (groups: number, dilations: number): string[] =>
      left((a, b) => convTranspose(a, b, { groups, dilations }), x(1, 4, 8), w(4, 1, 3))
    expect([options(2, 1), options(1, 2), options(2, 2)]).toEqual([[], [], ['ConvTranspose']])
  })

  test('sines, in the body of a loop too', () => {
    const [a, state] = [input('a', 'float32', [3]), input('state', 'float32', [3])]
    const body = program({ inputs: { iteration: input('iteration', 'int64', []), state }, outputs: { next: sin(state) } })
    const [y] = repeat(body, { count: 2, states: [a] })
    expect(names(of({ a }, relu(y as Tensor)))).toEqual(['Sin'])
  })
})

test('a sum over nothing is refused', () => {
  const [c, d] = [x(2, 'n'), w('n', 3)]
  const check = sizeCheck(of({ x: c, w: d }, matMul(c, d)))
  check(new Map([['n', 1]]))
  expect(() => check(new Map([['n', 0]]))).toThrow('expected the size n of at least 1 on WebGPU')
})

test('a convolution of no examples is refused', () => {
  const [signal, kernel] = [x('batch', 2, 7), w(3, 2, 4)]
  const check = sizeCheck(of({ x: signal, w: kernel }, conv(signal, kernel)))
  check(new Map([['batch', 1]]))
  expect(() => check(new Map([['batch', 0]]))).toThrow(
    'expected the size batch of at least 1 on WebGPU, where ONNX Runtime cannot convolve no examples',
  )
})

test('nodes of a file: attributes, and the shapes that it tells', () => {
  const [a, b] = [x('n', 2, 9), w(4, 2, 3)]
  const p = of({ x: a, w: b }, conv(relu(a), b, { strides: 2 }))
  const conv1 = (shapes: boolean) => onnxNodes(exportOnnx(p, { shapes }), 'test').find(({ operator }) => operator === 'Conv')
  expect(conv1(true)?.attributes).toMatchObject({ strides: [2], group: 1, kernel_shape: [3] })
  expect(conv1(true)?.shapes).toEqual([
    ['n', 2, 9],
    [4, 2, 3],
  ])
  expect(conv1(false)?.shapes).toEqual([undefined, [4, 2, 3]])
})
