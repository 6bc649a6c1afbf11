import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'

const [n, m] = [t.symbol('n'), t.symbol('m')]
const half = t.floorDivide(t.plus(n, 1), 2)

describe('dimensions', () => {
  test('numbers stay numbers, without a minus zero', () => {
    expect(t.plus(2, 3)).toBe(5)
    expect(t.minus(2, 3)).toBe(-1)
    expect(t.times(2, 3)).toBe(6)
    expect(t.times(-1, 0)).toBe(0)
    expect(t.product([])).toBe(1)
    expect(t.product([2, 3, 4])).toBe(24)
    expect(t.floorDivide(-1, 2)).toBe(-1)
    expect([t.dimension(0), t.dimension(7)]).toEqual([0, 7])
    expect(String(t.dimension('rows'))).toBe('rows')
    expect(t.dimension(half)).toBe(half)
  })

  test('the text of a polynomial: the monomials of most factors first, then by name', () => {
    const text = (d: t.Dimension): string => String(d)
    expect(text(t.total([1, m, n, t.times(n, m), t.times(n, n)]))).toBe('m*n+n*n+m+n+1')
    expect(text(t.minus(t.times(-3, n), t.times(2, m)))).toBe('-2*m-3*n')
    expect(text(t.minus(n, 1))).toBe('n-1')
    expect(text(t.times(t.plus(n, 1), t.minus(n, 1)))).toBe('n*n-1')
    expect(text(t.times(half, n))).toBe('floor((n+1)/2)*n')
    expect(text(t.times(t.symbol('b'), t.times(t.symbol('c'), t.symbol('a'))))).toBe('a*b*c')
  })

  test('what changes nothing gives the same object', () => {
    expect(t.times(1, n)).toBe(n)
    expect(t.times(n, 1)).toBe(n)
    expect(t.floorDivide(n, 1)).toBe(n)
    expect(t.replaceSymbol(n, 'm', 3)).toBe(n)
    expect(t.replaceSymbol(4, 'm', 3)).toBe(4)
    expect(t.times(0, n)).toBe(0)
    expect(t.times(n, 0)).toBe(0)
    expect(t.minus(n, n)).toBe(0)
  })

  test('floors: what is a multiple comes out, a constant rest goes down', () => {
    expect(String(t.floorDivide(t.plus(t.times(6, n), t.plus(m, 4)), 3))).toBe('floor((m+4)/3)+2*n')
    expect(String(t.floorDivide(t.minus(t.times(2, n), 3), 2))).toBe('n-2')
    expect(t.floorDivide(t.minus(t.plus(n, 5), n), 2)).toBe(2)
  })

  test('quotients of polynomials', () => {
    const text = (a: t.Dimension, b: t.Dimension): string => String(t.divideExactly(a, b))
    expect(text(t.plus(n, 1), t.plus(n, 1))).toBe('1')
    expect(text(t.plus(t.times(6, t.times(n, n)), t.times(4, n)), t.times(2, n))).toBe('3*n+2')
    expect(text(t.times(n, n), n)).toBe('n')
    expect(text(6, 3)).toBe('2')
    expect(text(0, n)).toBe('undefined')
    expect(text(7, 3)).toBe('undefined')
    expect(text(n, 0)).toBe('undefined')
    expect(text(n, t.times(2, n))).toBe('undefined')
    expect(text(t.times(n, m), t.plus(n, 1))).toBe('undefined')
    expect(text(t.plus(t.times(2, n), 1), t.times(2, n))).toBe('undefined')
    expect(text(n, t.times(n, n))).toBe('undefined')
  })

  test('symbols, also those in floors, are found and replaced', () => {
    const d = t.plus(t.times(half, m), 2)
    expect([...t.symbolsOf(d)].sort()).toEqual(['m', 'n'])
    expect([...t.symbolsOf(5)]).toEqual([])
    expect(String(t.replaceSymbol(d, 'n', t.times(2, m)))).toBe('m*m+2')
    expect(String(t.replaceSymbol(d, 'm', 3))).toBe('3*floor((n+1)/2)+2')
    expect(t.replaceSymbol(t.times(n, n), 'n', 3)).toBe(9)
    expect(String(t.replaceSymbol(t.times(-2, t.times(n, m)), 'm', t.symbol('k')))).toBe('-2*k*n')
  })

  test('values', () => {
    const binding = new Map(Object.entries({ n: 4, m: 3 }))
    expect(t.dimensionValue(7, binding)).toBe(7)
    expect(t.dimensionValue(t.plus(t.times(-2, t.times(n, m)), t.plus(half, 1)), binding)).toBe(-24 + 2 + 1)
  })

  test('one unknown is solved for where the size is linear in it', () => {
    const solve = (d: t.Dimension, value: number, known: Record<string, number> = {}): unknown =>
      t.solveFor(d, value, new Map(Object.entries(known)))
    expect(solve(n, 0)).toEqual({ name: 'n', value: 0 })
    expect(solve(t.plus(n, 3), 2)).toBeUndefined()
    expect(solve(t.plus(t.times(n, m), t.times(2, m)), 12, { n: 1 })).toEqual({ name: 'm', value: 4 })
    expect(solve(t.plus(t.times(3, n), t.times(half, m)), 14, { n: 4 })).toEqual({ name: 'm', value: 1 })
    expect(solve(t.plus(n, half), 5)).toBeUndefined()
    expect(solve(t.plus(n, m), 5)).toBeUndefined()
    expect(solve(n, 5, { n: 5 })).toBeUndefined()
    expect(solve(5, 5)).toBeUndefined()
    expect(solve(t.times(n, m), 0, { m: 0 })).toBeUndefined()
    expect(solve(t.times(n, m), 3, { m: 0 })).toBeUndefined()
  })

  test('the largest sizes that are taken', () => {
    expect(t.symbolsOf(t.symbol('n'.repeat(1022))).size).toBe(1)
    expect(String(Array.from({ length: 64 }).reduce<t.Dimension>((d) => t.times(d, n), 1)).split('*')).toHaveLength(64)
    const sum = (count: number, name: string): t.Dimension => t.total(Array.from({ length: count }, (_, i) => t.symbol(`${name}${i}`)))
    const short = Array.from({ length: 256 }, (_, i) => t.symbol(String.fromCharCode(97 + Math.floor(i / 10)) + (i % 10)))
    expect(String(t.total(short)).split('+')).toHaveLength(256)
    expect(() => t.plus(t.total(short), 1)).toThrow('at most 256 terms, received one of 257')
    expect(String(t.times(sum(16, 'a'), sum(8, 'b'))).split('+')).toHaveLength(128)
    expect(t.plus(2 ** 53 - 2, 1)).toBe(2 ** 53 - 1)
  })

  test('shapes are the same if all their sizes are', () => {
    expect(t.sameShape([n, 2], [t.symbol('n'), 2])).toBe(true)
    expect(t.sameShape([n, 2], [n])).toBe(false)
    expect(t.sameShape([n], [n, 2])).toBe(false)
    expect(t.sameShape([n, 2], [m, 2])).toBe(false)
    expect(t.sameDimension(n, 2)).toBe(false)
    expect(t.sameDimension(2, n)).toBe(false)
    expect(t.printShape([])).toBe('[]')
    expect(t.printShape([n, 2, half])).toBe('[n, 2, floor((n+1)/2)]')
  })

  test('shapes broadcast from the last axis on', () => {
    const text = (a: readonly t.Dimension[], b: readonly t.Dimension[]): string => t.printShape(t.broadcastShapes('test', a, b))
    expect(text([n, 1, 3], [m, 1])).toBe('[n, m, 3]')
    expect(text([1], [n, 2])).toBe('[n, 2]')
    expect(text([], [n])).toBe('[n]')
    expect(text([0], [1])).toBe('[0]')
  })
})

describe('edges', () => {
  const edges = [0, 2, 1, 3]
  test.each([
    ['numbers', edges],
    ['int32', Int32Array.from(edges)],
    ['float64', Float64Array.from(edges)],
    ['int64', BigInt64Array.from(edges, BigInt)],
    ['a part of int64', BigInt64Array.from([9, ...edges], BigInt).subarray(1)],
  ])('the first index outside the nodes, among %s', (_, data) => {
    expect(t.firstOutside(data, 4)).toBe(-1)
    expect(t.firstOutside(data, 3)).toBe(3)
    expect(t.firstOutside(data, 2)).toBe(1)
    expect(t.firstOutside(data, 0)).toBe(0)
  })

  test('indices that are no nodes whatever the number of nodes is', () => {
    expect(t.firstOutside(BigInt64Array.of(0n, 2n ** 32n), 5)).toBe(1)
    expect(t.firstOutside(BigInt64Array.of(0n, 1n, -1n), 5)).toBe(2)
    expect(t.firstOutside(BigInt64Array.of(2n ** 31n), 2 ** 31 + 1)).toBe(0)
    expect(t.firstOutside([0, -1], 5)).toBe(1)
    expect(t.firstOutside([0.5], 5)).toBe(0)
    expect(t.firstOutside([Number.NaN], 5)).toBe(0)
    expect(t.firstOutside([], 0)).toBe(-1)
  })

  test('edges within the nodes are accepted', () => {
    expect(() => t.requireEdges('graph', 2, { sources: [0, 1], targets: [1, 1] })).not.toThrow()
    expect(() => t.requireEdges('graph', 0, { sources: [], targets: [] })).not.toThrow()
  })
})

describe('values', () => {
  test('types: bytes, arrays, which are floats and which are integers', () => {
    const types = ['float32', 'float16', 'int32', 'int64', 'bool'] as const
    const made = (dtype: t.DataType): t.TypedArray => t.tensorValue(dtype, [2], [1, 0]).data
    expect(types.map((dtype) => t.numberBytes[dtype])).toEqual([4, 2, 4, 8, 1])
    expect(types.map((dtype) => made(dtype).constructor.name)).toEqual([
      'Float32Array',
      'Uint16Array',
      'Int32Array',
      'BigInt64Array',
      'Uint8Array',
    ])
    expect(types.map((dtype) => made(dtype).BYTES_PER_ELEMENT)).toEqual([4, 2, 4, 8, 1])
    expect(types.filter(t.isFloat)).toEqual(['float32', 'float16'])
    expect(types.filter(t.isInteger)).toEqual(['int32', 'int64'])
    expect(types.map((dtype) => [...t.toNumbers(made(dtype))])).toEqual(types.map(() => [1, 0]))
    expect(t.elementCount([])).toBe(1)
    expect(t.elementCount([2, 3, 0])).toBe(0)
  })

  test('numbers of a value are taken as they are, float16 from and to bit patterns', () => {
    const numbers = Float64Array.of(0.1)
    expect(t.toNumbers(numbers)).toBe(numbers)
    const bits = Uint16Array.of(0x3c00)
    expect(t.toFloat16Bits(bits)).toBe(bits)
    expect([...t.toFloat16Bits(Float32Array.of(1, -2))]).toEqual([0x3c00, 0xc000])
    expect([...t.toNumbers(BigInt64Array.of(3n))]).toEqual([3])
    expect(t.tensorValue('bool', [2], [true, false])).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) })
    expect(t.tensorValue('int64', [], [5n]).data).toEqual(BigInt64Array.of(5n))
  })

  test('constants take the type of their numbers', () => {
    const arrays = [
      Float32Array.of(1),
      Float64Array.of(1),
      Int32Array.of(1),
      BigInt64Array.of(1n),
      Uint8Array.of(1),
      Uint16Array.of(0x3c00),
    ]
    expect(arrays.map((data) => String(t.constant(data)))).toEqual(
      ['float32', 'float32', 'int32', 'int64', 'bool', 'float16'].map((dtype) => `Constant ${dtype} [1]`),
    )
    expect(String(t.constant([[1, 2, 3]]))).toBe('Constant float32 [1, 3]')
    expect(String(t.constant(1))).toBe('Constant float32 []')
    expect(String(t.constant([true, false]))).toBe('Constant float32 [2]')
    expect(String(t.constant([[], []]))).toBe('Constant float32 [2, 0]')
    expect(String(t.constant([1, 2], [2, 1], 'int32'))).toBe('Constant int32 [2, 1]')
  })

  test('the number that a constant is', () => {
    expect(t.constantNumber(t.constant([2, 2]))).toBe(2)
    expect(t.constantNumber(t.constant([2, 3]))).toBeUndefined()
    expect(t.constantNumber(t.constant([]))).toBeUndefined()
    expect(t.constantNumber(t.constant(new Float32Array(64)))).toBe(0)
    expect(t.constantNumber(t.constant(new Float32Array(65)))).toBeUndefined()
    expect(t.constantNumber(t.input('x', 'float32', []))).toBeUndefined()
    expect(t.constantNumber(t.constant([0, -0]))).toBe(0)
    expect(t.scalarNumber(t.constant(2))).toBe(2)
    expect(t.scalarNumber(t.constant([2]))).toBeUndefined()
    expect(t.isZero(t.zeros([2, 3]))).toBe(true)
    expect(t.isZero(t.constant(-0))).toBe(true)
    expect(t.isZero(t.ones([2]))).toBe(false)
    expect(t.isExactly(t.constant([-0]), 0)).toBe(false)
    expect(t.isExactly(t.constant([0, 0]), 0)).toBe(true)
    expect(t.isExactly(t.constant([0, 1]), 0)).toBe(false)
    expect(t.isExactly(t.constant([]), 0)).toBe(false)
    expect(t.isExactly(t.constant(new Float32Array(65)), 0)).toBe(false)
    expect(t.isExactly(t.constant(new Float32Array(64)), 0)).toBe(true)
  })
})

describe('tensors', () => {
  const x = t.input('x', 'float32', ['n', 3])

  test('say what they are', () => {
    expect(String(x)).toBe('Input float32 [n, 3]')
    expect(String(t.exp(x))).toBe('Exp float32 [n, 3]')
    expect([x.rank, String(x.size(0)), x.size(-1)]).toEqual([2, 'n', 3])
    expect([x.name, x.binds]).toEqual(['x', undefined])
    expect(t.input('size', 'int64', [], { binds: 'n' }).binds).toBe('n')
    expect(x.node.operator).toMatchObject({ name: 'Input', traits: ['generating'], arity: [0, 0] })
    expect(x.node.output).toBe(x)
    expect(t.exp(x).node.has('pointwise')).toBe(true)
    expect(t.exp(x).node.has('reducing')).toBe(false)
    expect(t.isNode(t.exp(x).node, 'Exp')).toBe(true)
    expect(t.nodeOf(t.exp(x), 'Log')).toBeUndefined()
    expect(t.operatorName(x.node)).toBe('Input')
  })

  test('what changes nothing gives the same tensor', () => {
    const same = [
      t.reshape(x, ['n', 3]),
      t.expand(x, [1, 3]),
      t.transpose(x, [0, 1]),
      t.swapAxes(x, 1, 1),
      t.moveAxis(x, -1, 1),
      t.squeeze(x, []),
      t.unsqueeze(x, []),
      t.concat([x], 0),
      t.slice(x),
      t.slice(x, { axis: 1, start: 0, end: 3 }),
      t.slice(x, { axis: 0 }),
      t.slice(x, { axis: 1, end: 9 }),
      t.flip(x, []),
      t.pad(x, [0, 0, 0, 0]),
      t.pad(x, [0, 0, 0, 0], { mode: 'wrap' }),
      t.cast(x, 'float32'),
      t.reduceSum(x, { axis: [] }),
    ]
    expect(same.map((y) => y === x)).toEqual(same.map(() => true))
    const changed = [
      t.slice(x, { axis: 1, step: 2 }),
      t.slice(x, { axis: 1, start: 1 }),
      t.slice(x, { axis: 1, end: 2 }),
      t.stopGradient(x),
    ]
    expect(changed.map((y) => y === x)).toEqual(changed.map(() => false))
  })

  test('shapes with symbols', () => {
    const shapes = [
      t.reshape(x, [-1]),
      t.reshape(t.input('y', 'float32', [t.plus(n, 1), m, 2]), [m, -1]),
      t.concat([x, t.input('y', 'float32', ['m', 3])], 0),
      t.slice(x, { axis: 0, start: 1, end: -1 }),
      t.slice(x, { axis: 0, step: 2 }),
      t.pad(x, ['m', 0, 1, 0]),
      t.tile(x, ['m', 2]),
      t.split(x, [2, t.minus(n, 2)], 0)[1] as t.Tensor,
      t.topK(x, 'k', 0).indices,
      t.oneHot(t.input('i', 'int64', ['n']), 'depth', { axis: 0 }),
      t.gather(x, t.input('i', 'int64', ['k', 2])),
      t.conv(t.input('s', 'float32', ['b', 2, 'n']), t.input('k', 'float32', ['o', 2, 3]), { strides: 2, pads: [1, 2] }),
      t.convTranspose(t.input('s', 'float32', ['b', 2, 'n']), t.input('k', 'float32', [2, 'o', 3]), { strides: 2, pads: 1 }),
      t.maxPool(t.input('s', 'float32', ['b', 'c', 'n', 8]), { kernel: [2, 3] }),
      t.matMul(x, t.input('w', 'float32', ['b', 3, 'k'])),
      t.einsum('ij,kj->ki', x, t.input('w', 'float32', ['k', 3])),
      t.range(t.times(2, n)),
      t.eyeLike('n', 'm'),
      t.full(1, ['n', 2]),
    ]
    expect(shapes.map(({ shape }) => t.printShape(shape))).toEqual([
      '[3*n]',
      '[m, 2*n+2]',
      '[m+n, 3]',
      '[n-2, 3]',
      '[floor((n+1)/2), 3]',
      '[m+n+1, 3]',
      '[m*n, 6]',
      '[n-2, 3]',
      '[k, 3]',
      '[depth, n]',
      '[k, 2, 3]',
      '[b, o, floor((n)/2)+1]',
      '[b, o, 2*n-1]',
      '[b, c, floor((n)/2), 2]',
      '[b, n, k]',
      '[k, n]',
      '[2*n]',
      '[n, m]',
      '[n, 2]',
    ])
  })
})

describe('graphs', () => {
  const x = t.input('x', 'float32', ['n'])
  const y = t.exp(x)

  test('nodes come after those they read, in the order of the tensors that are asked for', () => {
    const z = t.add(t.log(y), y)
    const names = (tensors: readonly t.Tensor[]): string[] => t.topological(tensors).map((node) => node.operator.name)
    expect(names([z])).toEqual(['Input', 'Exp', 'Log', 'Add'])
    expect(names([y, t.sin(x)])).toEqual(['Input', 'Exp', 'Sin'])
    expect(names([z, y, z])).toEqual(['Input', 'Exp', 'Log', 'Add'])
    expect(names([])).toEqual([])
  })

  test('a node with the same inputs is the same node', () => {
    expect(t.withInputs(y.node, [x])).toBe(y.node)
    const other = t.withInputs(y.node, [t.input('z', 'float32', [4])])
    expect(String(other.output)).toBe('Exp float32 [4]')
  })

  test('tensors are put in place of others, wherever they are read', () => {
    const z = t.add(y, t.mul(y, x))
    const [same, changed] = [t.substitute([z, x], new Map()), t.substitute([z, y], new Map([[y, t.sin(x)]]))]
    expect(same).toEqual([z, x])
    expect(t.topological([changed[0] as t.Tensor]).map((node) => node.operator.name)).toEqual(['Input', 'Sin', 'Mul', 'Add'])
    expect(changed[1]?.node.operator.name).toBe('Sin')
  })

  test('the sizes in shapes and attributes of a node', () => {
    const texts = (tensor: t.Tensor): string[] => t.symbolicDimensionsOf(tensor.node).map(String)
    expect(texts(t.sizeOf(t.plus(n, 1)))).toEqual(['n+1'])
    expect(texts(t.pad(x, ['m', 2]))).toEqual(['m+n+2', 'm'])
    expect(texts(t.exp(x))).toEqual(['n'])
  })

  test('who reads a tensor, and how often', () => {
    const z = t.add(y, y)
    const p = t.program({ inputs: [x], outputs: { y, z } })
    const counts = t.readCounts(p)
    expect([x, y, z].map((one) => counts.get(one))).toEqual([1, 3, 1])
    const readers = t.readersOf(p.nodes)
    expect([x, y, z].map((one) => readers.get(one)?.map((node) => node.operator.name))).toEqual([['Exp'], ['Add'], undefined])
    const twice = t.readersOf([t.exp(x).node, t.sin(x).node])
    expect(twice.get(x)?.map((node) => node.operator.name)).toEqual(['Exp', 'Sin'])
  })
})
