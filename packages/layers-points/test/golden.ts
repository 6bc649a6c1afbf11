import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnxBackend } from '@equivar/backend-onnx'
import {
  add,
  differentiate,
  evaluate,
  input,
  mul,
  program,
  reduceSum,
  reshape,
  slice,
  substitute,
  type Tensor,
  type TensorValue,
  toNumbers,
  transpose,
} from '@equivar/tensor'
import { relativeError, runToHost } from '@equivar/verify'
import { expect } from 'vitest'

const shared = process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared')
const folder = join(shared, 'fixtures', 'points')

/** A golden case of another library: inputs, weights, outputs, and the derivatives of the sum of outputs times cotangents. */
export interface Golden {
  // biome-ignore lint/suspicious/noExplicitAny: the settings of another library.
  readonly config: any
  readonly tensors: Readonly<Record<string, { shape: number[]; data: number[]; dtype: string }>>
}

/** Whether the folder of golden cases exists. */
export const haveGoldenCases: boolean = existsSync(folder)
const usedCases: Set<string> = new Set()
/** Those of all cases that no test of this process has read yet. */
export const unusedCases = (): string[] => readdirSync(folder).filter((name) => !usedCases.has(name))

/** Reads a case. */
export function golden(file: string): Golden {
  usedCases.add(file)
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden
}

/** The lines of a file of cases. */
export function goldenLines<T>(file: string): T[] {
  usedCases.add(file)
  return readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** The parts of a flat vector of weights with those shapes, one after the other. */
export function unpacked(flat: Tensor, shapes: readonly (readonly number[])[]): Tensor[] {
  let at = 0
  return shapes.map((shape) => {
    const start = at
    at += shape.reduce((product, size) => product * size, 1)
    return reshape(slice(flat, { axis: -1, start, end: at }), [...flat.shape.slice(0, -1), ...shape])
  })
}

/** Weights [out, in] as [in, out]. */
export const turned = (weight: Tensor): Tensor => transpose(weight)

/** What a test builds of a case: outputs by key (`out`, `out:h`), and an expression of the case's weights for each of our parameters. */
export interface Built {
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly weights?: ReadonlyMap<Tensor, Tensor>
}

const feedOf = ({ shape, data, dtype }: Golden['tensors'][string]): TensorValue => ({
  dtype: dtype === 'int64' ? 'int64' : 'float32',
  shape,
  data: dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float64Array.from(data),
})

/**
 * Compares outputs and derivatives of a case: to 1e-10 in the reference, to 1e-5 on ONNX Runtime, relative to the largest number.
 *
 * @param build - is given an input for each tensor `in:` and `param:` by its key.
 */
export async function expectGolden(
  file: string,
  build: (tensor: (key: string) => Tensor, config: Golden['config']) => Built,
): Promise<void> {
  const { config, tensors } = golden(file)
  const leaves = new Map<string, ReturnType<typeof input>>()
  const leaf = (key: string): Tensor => {
    const raw = tensors[key]
    if (raw === undefined) throw new Error(`${file} has no tensor ${key}`)
    if (!leaves.has(key)) leaves.set(key, input(key.replace(/[^A-Za-z0-9]/g, '_'), feedOf(raw).dtype as 'float32', raw.shape))
    return leaves.get(key) as Tensor
  }
  const built = build(leaf, config)
  const keys = Object.keys(built.outputs)
  const plain = substitute(Object.values(built.outputs), built.weights ?? new Map())
  const cotangents = keys.map((key) => leaf(key.replace(/^out/, 'cotangent')))
  const loss = plain.map((y, i) => reduceSum(mul(y, cotangents[i] as Tensor))).reduce((sum, each) => add(sum, each))
  const wanted = Object.keys(tensors).filter((key) => key.startsWith('grad:'))
  const wrt = wanted.map((key) => leaf(`${[`in:${key.slice(5)}`, `param:${key.slice(5)}`].find((each) => tensors[each] !== undefined)}`))
  const gradients = differentiate(loss, wrt)
  const outputs = Object.fromEntries([...plain, ...gradients].map((y, i) => [`y${i}`, y]))
  const made = program({ inputs: [...leaves.values()], outputs })
  const feeds = Object.fromEntries([...leaves].map(([key, { name }]) => [name, feedOf(tensors[key] as Golden['tensors'][string])]))
  const expected = [...keys, ...wanted].map((key) => tensors[key]?.data as number[])
  const compare = (values: Readonly<Record<string, TensorValue>>, tolerance: number, where: string): void => {
    for (const [i, key] of [...keys, ...wanted].entries())
      expect(
        relativeError(toNumbers(values[`y${i}`]?.data as Float64Array), expected[i] as number[]),
        `${file}, ${key}, ${where}`,
      ).toBeLessThan(tolerance)
  }
  compare(evaluate(made, feeds) as Record<string, TensorValue>, 1e-10, 'reference')
  const executable = await onnxBackend().compile(made)
  compare(await runToHost(executable, feeds), 1e-5, 'ONNX Runtime')
  await executable.dispose()
}
