import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspectOnnx } from '@equivar/export-onnx'
import * as runtime from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kserveManifest } from '../src/export/kserve.ts'
import { demandLimits, lossOf, type Measured } from '../src/export/precision.ts'
import { EnumName, textFormat } from '../src/export/text-format.ts'
import { isBatched, type TritonOptions, tritonFiles } from '../src/export/triton.ts'
import { equivar, jsonLines } from './in-process.ts'
import { checkConfig, type Message, parseTextFormat } from './triton-schema.ts'

const here = dirname(fileURLToPath(import.meta.url))
const data = process.env.EQUIVAR_SHARED === undefined ? join(here, '../../../../shared/data') : join(process.env.EQUIVAR_SHARED, 'data')
const folder = mkdtempSync(join(tmpdir(), 'equivar-export-'))
process.chdir(folder)

interface Report {
  readonly before: Measured
  readonly after: Measured
  readonly accuracyLoss: number
  readonly equivarianceError: number
}

/** Trains a short run. @returns its folder. */
async function train(out: string, task: string, ...args: string[]): Promise<void> {
  const { status, stderr } = await equivar('train', task, '--threads', '1', '--seed', '5', '--out', out, ...args)
  expect(stderr).toBe('')
  expect(status).toBe(0)
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const small = ['--set', 'elements=8', '--set', 'hidden=32', '--set', 'kernel=5', '--set', 'trainSets=150']

describe('a short run of signals', () => {
  beforeAll(async () => {
    await train('run', 'signals', '--epochs', '3', ...small)
    await train('untrained', 'signals', '--epochs', '0', ...small)
  }, 180_000)

  test.each(['int8', 'float16'])('in %s: smaller, measured before and after, within the limits', async (precision) => {
    const { status, stdout } = await equivar('export', 'run', '--precision', precision, '--out', `${precision}.onnx`, '--json')
    expect(status).toBe(0)
    const [{ before, after, accuracyLoss, equivarianceError }, written] = jsonLines<unknown>(stdout) as [Report, unknown]
    expect(written).toEqual({ written: [`${precision}.onnx`] })
    expect(before.bytes).toBe(readFileSync(join(folder, 'run/model.onnx')).length)
    expect(after.bytes).toBe(readFileSync(join(folder, `${precision}.onnx`)).length)
    expect(after.bytes).toBeLessThan(before.bytes)
    expect(accuracyLoss).toBeCloseTo(before.metric - after.metric, 12)
    expect(accuracyLoss).toBeLessThanOrEqual(0.01)
    expect(after.symmetries.length).toBe(2)
    expect(equivarianceError).toBe(Math.max(...after.symmetries.map(({ error }) => error)))
    expect(equivarianceError).toBeLessThanOrEqual(0.01)
    expect(inspectOnnx(readFileSync(join(folder, `${precision}.onnx`)), precision).metadata).toMatchObject({
      [`equivar.${precision}`]: 'true',
      task: 'signals',
    })
    const verified = await equivar('verify', `${precision}.onnx`, '--json')
    expect(verified.status).toBe(0)
    expect(jsonLines<{ tolerance: number }>(verified.stdout).map(({ tolerance }) => tolerance)).toEqual(
      Array.from({ length: 3 }, () => (precision === 'int8' ? 1e-2 : 5e-3)),
    )
  })

  test('a file beyond the limits is not written', async () => {
    // The exported file is trained and the checkpoint is not, so a file made from the checkpoint is certainly worse.
    cpSync(join(folder, 'untrained'), join(folder, 'mixed'), { recursive: true })
    cpSync(join(folder, 'run/model.onnx'), join(folder, 'mixed/model.onnx'))
    const { status, stderr } = await equivar('export', 'mixed', '--precision', 'int8', '--out', 'worse.onnx')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^equivar: the accuracy fell by 0\.\d+ \(0\.\d+ to 0\.\d+\); --max-accuracy-loss allows 0.01. Nothing was written. --max-accuracy-loss 0\.\d+ would allow it.\n$/,
    )
    expect(existsSync(join(folder, 'worse.onnx'))).toBe(false)
    const allowed = await equivar('export', 'mixed', '--precision', 'int8', '--out', 'worse.onnx', '--max-accuracy-loss', '1')
    expect(allowed.status).toBe(0)
    expect(allowed.stdout).toMatch(
      /^float32 -> int8, on the test split\nsize .* kB -> .* kB\naccuracy .* % -> .* %\nloss .*\ntime .* ms per example/,
    )
  })

  test('invalid options give one line', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { status, stderr } = await equivar('export', 'run', ...args)
      expect(status).toBe(2)
      return stderr
    }
    expect(await refused('--what', 'gradient', '--precision', 'int8')).toContain('expected float32 with --what gradient, received int8')
    expect(await refused('--what', 'triton', '--precision', 'int8', '--device', 'cuda')).toContain('expected --device cpu, received cuda')
    expect(await refused('--what', 'triton', '--name', 'a/b')).toContain(
      'expected a model name of letters, digits, ".", "_" and "-", received "a/b"',
    )
    expect(await refused('--what', 'triton', '--max-batch', '-1')).toContain('expected an integer of 0 or more, received "-1"')
    expect(await refused('--max-accuracy-loss', 'much')).toContain('expected a number of 0 or more, received "much"')
    expect(readdirSync(folder)).not.toContain('models')
  })

  test('a repository for Triton: its configuration fits the schema, and its model accepts the warm-up requests', async () => {
    const { status, stdout } = await equivar(
      'export',
      'run',
      '--what',
      'triton',
      '--out',
      'repository',
      '--threads',
      '2',
      '--instances',
      '2',
    )
    expect(status).toBe(0)
    expect(stdout.trim().split('\n')).toEqual([
      'repository/signals-dss/1/model.onnx',
      'repository/signals-dss/labels.txt',
      'repository/signals-dss/warmup/x',
      'repository/signals-dss/warmup/mask',
      'repository/signals-dss/config.pbtxt',
      'repository/kserve.yaml',
    ])
    const root = join(folder, 'repository/signals-dss')
    const config = parseTextFormat(readFileSync(join(root, 'config.pbtxt'), 'utf8'))
    checkConfig(config)
    expect(config).toMatchObject({
      name: ['signals-dss'],
      max_batch_size: [32],
      input: [
        { name: ['x'], dims: [-1, 1, -1] },
        { name: ['mask'], dims: [-1] },
      ],
      output: [{ name: ['logits'], dims: [3], label_filename: ['labels.txt'] }],
      instance_group: [{ count: [2], kind: [new EnumName('KIND_CPU')] }],
      parameters: [{ key: ['intra_op_thread_count'], value: [{ string_value: ['2'] }] }],
    })
    const { classes } = JSON.parse(readFileSync(join(folder, 'run/config.json'), 'utf8')) as { classes: string[] }
    expect(readFileSync(join(root, 'labels.txt'), 'utf8')).toBe(`${classes.join('\n')}\n`)
    await expectWarm(root, config, true)
  })
})

/** Runs the model of a repository on its warm-up requests, with a batch of one if it is batched. */
async function expectWarm(root: string, config: Message, batched: boolean): Promise<void> {
  const session = await runtime.InferenceSession.create(join(root, '1/model.onnx'))
  const [warm] = config.model_warmup as [Message]
  const types: Record<string, 'float32' | 'bool' | 'int64'> = { TYPE_FP32: 'float32', TYPE_BOOL: 'bool', TYPE_INT64: 'int64' }
  const inputs = config.input as Message[]
  const feeds = Object.fromEntries(
    (warm.inputs as Message[]).map(({ key, value }) => {
      const [name] = key as [string]
      const [{ data_type: type, dims, input_data_file: file }] = value as [Message]
      const bytes = new Uint8Array(readFileSync(join(root, 'warmup', (file as string[])[0] as string)))
      const dtype = types[(type as [EnumName])[0].name] as 'float32'
      const scalar = inputs.find((one) => one.name?.[0] === name)?.reshape !== undefined
      const shape = scalar ? [] : [...(batched ? [1] : []), ...(dims as number[])]
      const arrays = { float32: Float32Array, bool: Uint8Array, int64: BigInt64Array }
      return [name, new runtime.Tensor(dtype, new arrays[dtype](bytes.buffer) as Float32Array, shape)]
    }),
  )
  const outputs = await session.run(feeds)
  for (const { name, dims } of config.output as Message[]) {
    const { dims: received, data: numbers } = outputs[(name as string[])[0] as string] as { dims: readonly number[]; data: unknown }
    const declared = [...(batched ? [-1] : []), ...(dims as number[])]
    expect(received.length).toBe(declared.length)
    declared.forEach((size, axis) => {
      expect([-1, received[axis]]).toContain(size)
    })
    expect(Array.from(numbers as Float32Array).every(Number.isFinite)).toBe(true)
  }
  await session.release()
}

describe.skipIf(!existsSync(join(data, 'tu')))('mutag, gin (skipped without the data folder)', () => {
  test('int8, float16 and Triton', async () => {
    await train('mutag', 'mutag', '--model', 'gin', '--epochs', '2', '--data', data)
    for (const precision of ['int8', 'float16']) {
      const { status, stdout, stderr } = await equivar(
        'export',
        'mutag',
        '--precision',
        precision,
        '--out',
        `${precision}.onnx`,
        '--data',
        data,
        '--max-accuracy-loss',
        '0.06',
        '--json',
      )
      expect([status, stderr]).toEqual([0, ''])
      const [{ before, after }] = jsonLines<unknown>(stdout) as [Report]
      expect(after.bytes).toBeLessThan((precision === 'int8' ? 0.5 : 0.65) * before.bytes)
      expect(after.symmetries.map(({ name }) => name)).toEqual(['unchanged by permutations of the nodes and of the edges'])
    }
    expect((await equivar('export', 'mutag', '--what', 'triton', '--out', 'graphs', '--device', 'cuda')).status).toBe(0)
    const root = join(folder, 'graphs/mutag-gin')
    const config = parseTextFormat(readFileSync(join(root, 'config.pbtxt'), 'utf8'))
    checkConfig(config)
    expect(config).toMatchObject({ max_batch_size: [0], instance_group: [{ kind: [new EnumName('KIND_GPU')] }] })
    expect(config.dynamic_batching).toBeUndefined()
    expect((config.input as Message[]).find(({ name }) => name?.[0] === 'num_graphs')).toMatchObject({
      dims: [1],
      reshape: [{ shape: [] }],
    })
    await expectWarm(root, config, false)
    expect((await equivar('export', 'mutag', '--what', 'triton', '--out', 'graphs', '--name', 'cpu', '--threads', '4')).status).toBe(0)
    expect(parseTextFormat(readFileSync(join(folder, 'graphs/cpu/config.pbtxt'), 'utf8')).parameters).toMatchObject([
      { key: ['intra_op_thread_count'], value: [{ string_value: ['1'] }] },
    ])
  }, 180_000)
})

describe('configurations by kind of model', () => {
  const options: TritonOptions = {
    name: 'm',
    device: 'tensorrt',
    maxBatch: 16,
    instances: 1,
    threads: 0,
    maxDelay: 500,
    classes: [],
    float16: true,
  }
  const model = (inputs: Record<string, readonly [string, ...(string | number)[]]>, ...output: (string | number)[]) => ({
    inputs: Object.entries(inputs).map(([name, [dtype, ...shape]]) => ({ name, dtype: dtype as 'float32', shape })),
    outputs: [{ name: 'y', dtype: 'float32' as const, shape: output }],
    metadata: {},
  })
  const configOf = (description: ReturnType<typeof model>, more: Partial<TritonOptions> = {}): Message => {
    const config = parseTextFormat(tritonFiles(description, { ...options, ...more })['config.pbtxt'] as string)
    checkConfig(config)
    return config
  }
  const images = model({ x: ['float32', 'batch', 1, 28, 28] }, 'batch', 10)
  const sparse = model(
    { x: ['float32', 'nodes', 7], edge_index: ['int64', 2, 'edges'], batch: ['int64', 'nodes'], num_graphs: ['int64'] },
    'graphs',
    2,
  )
  const dense = model({ x: ['float32', 'batch', 'n', 4], adj: ['float32', 'batch', 'n', 'n'], mask: ['bool', 'batch', 'n'] }, 'batch', 2)
  const nodes = model({ x: ['float32', 'nodes', 7], edge_index: ['int64', 2, 'edges'] }, 'nodes', 7)

  test('batching is on exactly if all inputs and outputs start with the batch axis', () => {
    expect([images, dense, sparse, nodes].map(isBatched)).toEqual([true, true, false, false])
    expect(configOf(images)).toMatchObject({
      max_batch_size: [16],
      input: [{ dims: [1, 28, 28] }],
      dynamic_batching: [{ max_queue_delay_microseconds: [500] }],
    })
    expect(configOf(dense)).toMatchObject({ max_batch_size: [16], input: [{ dims: [-1, 4] }, { dims: [-1, -1] }, { dims: [-1] }] })
    expect(configOf(sparse)).toMatchObject({
      max_batch_size: [0],
      input: [{ dims: [-1, 7] }, { dims: [2, -1] }, { dims: [-1] }, { dims: [1] }],
    })
    expect(configOf(nodes)).toMatchObject({ max_batch_size: [0], output: [{ dims: [-1, 7] }] })
    expect(configOf(images, { maxBatch: 0 })).toMatchObject({ max_batch_size: [0], input: [{ dims: [-1, 1, 28, 28] }] })
  })

  test('devices', () => {
    const accelerator = (device: TritonOptions['device']): unknown => configOf(images, { device }).optimization
    expect(accelerator('cpu')).toBeUndefined()
    expect(accelerator('cuda')).toMatchObject([{ execution_accelerators: [{ gpu_execution_accelerator: [{ name: ['cuda'] }] }] }])
    // Engines are code: they are kept only in a folder that the user names.
    const key = (name: string, value: string): unknown => ({ key: [name], value: [value] })
    for (const engineCache of [undefined, '/var/engines']) {
      const cached = engineCache === undefined ? [] : [key('trt_engine_cache_path', engineCache)]
      const parameters = [
        key('precision_mode', 'FP16'),
        {},
        key('trt_engine_cache_enable', engineCache === undefined ? '0' : '1'),
        ...cached,
      ]
      expect(configOf(images, { device: 'tensorrt', ...(engineCache === undefined ? {} : { engineCache }) }).optimization).toMatchObject([
        { execution_accelerators: [{ gpu_execution_accelerator: [{ name: ['tensorrt'], parameters }] }] },
      ])
    }
  })

  test('negative control: the schema check rejects unknown fields', () => {
    expect(() => checkConfig(parseTextFormat('max_batch: 3'))).toThrow('max_batch')
    expect(() => checkConfig(parseTextFormat('max_batch_size: "3"'))).toThrow('max_batch_size')
    expect(() => checkConfig(parseTextFormat('input { data_type: TYPE_FLOAT }'))).toThrow('TYPE_FLOAT')
  })
})

test('protobuf text: strings are escaped, empty messages and lists written', () => {
  const text = textFormat({
    name: 'a "b"\\\n',
    flag: true,
    none: undefined,
    kind: new EnumName('K'),
    all: {},
    sizes: [],
    each: [{ x: 1 }, { x: -2 }],
  })
  expect(text).toBe('name: "a \\"b\\"\\\\\\n"\nflag: true\nkind: K\nall { }\nsizes: []\neach {\n  x: 1\n}\neach {\n  x: -2\n}\n')
  expect(parseTextFormat(text)).toMatchObject({ name: ['a "b"\\\n'], sizes: [], each: [{ x: [1] }, { x: [-2] }] })
})

test("KServe's manifest", () => {
  const manifest = parse(kserveManifest({ name: 'My_model.v1', device: 'cuda', storage: 's3://bucket/models', maxReplicas: 4 })) as unknown
  const resources = { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': '1' }
  // The fields of InferenceService, PredictorSpec and ModelSpec: kserve, pkg/apis/serving/v1beta1/{inference_service,predictor,predictor_model}.go.
  expect(manifest).toEqual({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'my-model-v1', labels: { 'app.kubernetes.io/name': 'my-model-v1', 'app.kubernetes.io/managed-by': 'equivar' } },
    spec: {
      predictor: {
        minReplicas: 1,
        maxReplicas: 4,
        model: {
          modelFormat: { name: 'triton' },
          protocolVersion: 'v2',
          runtime: 'kserve-tritonserver',
          storageUri: 's3://bucket/models',
          resources: { requests: resources, limits: resources },
        },
      },
    },
  })
  expect(() => kserveManifest({ name: '1st', device: 'cpu', storage: 'x', maxReplicas: 1 })).toThrow(
    'as Kubernetes requires, received "1st"',
  )
})

test('limits of accuracy, mean error and symmetry; an approximate symmetry has the tolerance of verify', () => {
  const measured = (metric: number, error: number, tolerance = 1e-5): Measured => ({
    bytes: 1,
    metric,
    loss: 0,
    symmetries: [{ name: 'unchanged by shifts', error, tolerance }],
    millisecondsPerExample: 1,
    answer: { y: { dtype: 'float32' as const, shape: [2], data: Float64Array.of(1, metric) } },
  })
  const limits = { maxAccuracyLoss: 0.01, maxEquivarianceError: 0.01 }
  const judge = (before: Measured, after: Measured, metric: 'accuracy' | 'mae'): void =>
    demandLimits(before, after, lossOf(before, after, metric), limits)
  expect(() => judge(measured(0.9, 0), measured(0.895, 0.005), 'accuracy')).not.toThrow()
  expect(() => judge(measured(0.9, 0), measured(0.88, 0), 'accuracy')).toThrow(
    'the accuracy fell by 0.0200 (0.9000 to 0.8800); --max-accuracy-loss allows 0.01',
  )
  expect(() => judge(measured(2, 0), measured(2.5, 0), 'mae')).toThrow(
    'the mean error grew by 25.0 % (2.000 to 2.500); --max-accuracy-loss allows 0.01. Nothing was written. --max-accuracy-loss 0.25 would allow it.',
  )
  expect(() => judge(measured(0.9, 0), measured(0.9, 0.02), 'accuracy')).toThrow(
    'not unchanged by shifts: error 0.0200; --max-equivariance-error allows 0.01',
  )
  expect(() => judge(measured(0.9, 0), measured(0.9, 0.02, 0.02), 'accuracy')).not.toThrow()
  expect(() => judge(measured(0.9, 0), measured(Number.NaN, 0), 'accuracy')).toThrow('the accuracy fell by NaN')
})
