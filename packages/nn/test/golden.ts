import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnxBackend } from '@equivar/backend-onnx'
import {
  type DeviceTensor,
  differentiate,
  evaluate,
  input,
  mul,
  type Outputs,
  program,
  type ReferenceValue,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { expect } from 'vitest'
import { type Module, parametersOf } from '../src/index.ts'

const shared = process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared')

/** A golden case from another framework: inputs, weights, outputs, and the derivatives of sum(output * cotangent). */
export interface Golden {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: Readonly<Record<string, { shape: number[]; data: number[] }>>
}

/** Whether the folder of golden cases exists. */
export const haveGoldenCases: boolean = existsSync(join(shared, 'fixtures'))

const usedCases: Set<string> = new Set()

/** The names of the cases in a folder, such as `nn/linear`. */
function caseNames(folder: string): string[] {
  const files = readdirSync(join(shared, 'fixtures', folder))
  return files.filter((file) => file.endsWith('.json')).map((file) => `${folder}/${file.slice(0, -'.json'.length)}`)
}

/** The cases in some folders that no test of this process has read yet. */
export const unusedCases = (...folders: readonly string[]): string[] => folders.flatMap(caseNames).filter((name) => !usedCases.has(name))

/** Reads one golden case, such as `nn/linear`. */
export function golden(name: string): Golden {
  usedCases.add(name)
  return JSON.parse(readFileSync(join(shared, 'fixtures', `${name}.json`), 'utf8')) as Golden
}

/** A tensor of a golden case as a float64 feed. */
export function feed({ shape, data }: { shape: number[]; data: number[] }): TensorValue {
  return { dtype: 'float32', shape, data: Float64Array.from(data) }
}

/** A tensor of a golden case, row-major. */
export type Raw = Golden['tensors'][string]
/** How to read a parameter from a case. It is applied to values and to derivatives; `raw` returns a tensor of the case by key. */
export type Reading = (raw: (key: string) => Raw) => Raw

/** Reads a tensor by name, and reshapes it if a shape is given. */
export const as =
  (key: string, shape?: number[]): Reading =>
  (raw) => ({ ...raw(key), ...(shape === undefined ? {} : { shape }) })

/** Reads a matrix [out, in] as [in, out]; trailing axes of size 1 are dropped. */
export const transposed =
  (key: string): Reading =>
  (raw) => {
    const { shape, data } = raw(key)
    const [rows = 0, columns = 0] = shape
    return {
      shape: [columns, rows],
      data: Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number),
    }
  }

/** How to build the module of a golden case. */
export interface GoldenModule {
  readonly module?: Module
  /** Builds the output from the inputs of the case, named without `in:`. */
  readonly forward: (inputs: Readonly<Record<string, Tensor>>) => Tensor
  /** How to read each parameter, by path. */
  readonly parameters?: Readonly<Record<string, Reading>>
  /** Parameters that the case does not have. Their derivatives are not compared. */
  readonly notCompared?: readonly string[]
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length
    ? Math.max(0, ...Array.from(a, (v, i) => Math.abs(v - (b[i] as number)) / Math.max(1, Math.abs(b[i] as number))))
    : NaN

/** Compares output and all derivatives of a module with the golden case: to 1e-10 in the float64 reference, to 1e-5 on ONNX Runtime. */
export async function expectGolden(
  name: string,
  { module, forward, parameters: readings = {}, notCompared = [] }: GoldenModule,
): Promise<void> {
  const { tensors } = golden(name)
  const integers = new Set(['edge_index', 'index', 'batch', 'hyperedge_index'])
  const names = Object.keys(tensors)
    .filter((key) => key.startsWith('in:'))
    .map((key) => key.slice('in:'.length))
  const inputs = Object.fromEntries(
    names.map((key) => [key, input(key, integers.has(key) ? 'int64' : 'float32', (tensors[`in:${key}`] as Raw).shape)]),
  )
  const parameters = Object.fromEntries(module === undefined ? [] : parametersOf(module))
  const cotangent = input('cotangent', 'float32', (tensors.cotangent as Raw).shape)
  const out = forward(inputs)
  const compared = Object.entries({ ...inputs, ...parameters }).filter(([key]) => !integers.has(key) && !notCompared.includes(key))
  const wrt = Object.fromEntries(compared)
  const gradients = differentiate(reduceSum(mul(out, cotangent)), Object.values(wrt))
  const p = program({
    inputs: { ...inputs, cotangent, ...parameters },
    outputs: { out, ...Object.fromEntries(Object.keys(wrt).map((key, i) => [`gradient of ${key}`, gradients[i] as Tensor])) },
  })
  const plain = (key: string): Raw => {
    if (tensors[key] === undefined) throw new Error(`${name} has no ${key}`)
    return tensors[key]
  }
  const reading = (path: string): Reading => {
    if (readings[path] === undefined) throw new Error(`${name}: expected a reading for parameter ${path}, received none`)
    return readings[path]
  }
  const integerFeed = ({ shape, data }: Raw): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) })
  const feeds: Record<string, TensorValue> = {
    ...Object.fromEntries(names.map((key) => [key, (integers.has(key) ? integerFeed : feed)(plain(`in:${key}`))])),
    cotangent: feed(plain('cotangent')),
    ...Object.fromEntries(Object.keys(parameters).map((path) => [path, feed(reading(path)(plain))])),
  }
  const expected: Record<string, Raw> = {
    out: plain('out'),
    ...Object.fromEntries(
      Object.keys(wrt).map((key) => [
        `gradient of ${key}`,
        key in inputs ? plain(`grad:in:${key}`) : reading(key)((part) => plain(`grad:${part}`)),
      ]),
    ),
  }
  const reference: Record<string, ReferenceValue> = evaluate(p, feeds)
  const executable = await onnxBackend().compile(p)
  const onDevice: Outputs = await executable.run(feeds)
  for (const [key, { data }] of Object.entries(expected)) {
    const device = await (onDevice[key] as DeviceTensor).data()
    expect(worst(Array.from(reference[key]?.data ?? [], Number), data), `${name}, ${key}, reference`).toBeLessThan(1e-10)
    expect(worst(Array.from(device, Number), data), `${name}, ${key}, ONNX Runtime`).toBeLessThan(1e-5)
  }
  await executable.dispose()
}
