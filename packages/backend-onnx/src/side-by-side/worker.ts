/** A tensor in memory that threads share. */
export interface SharedTensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly offset: number
  /** Whether axis 0 has a row for each example, so that a piece has rows of it. */
  readonly isDivided: boolean
}

/** Where a worker finds what it is fed, and puts what it makes. */
export interface SharedLayout {
  readonly memory: SharedArrayBuffer
  readonly inputs: readonly SharedTensor[]
  readonly outputs: readonly SharedTensor[]
  /** How many examples there are, and how many are run at a time; if left out, a run has all of them. */
  readonly rows?: { readonly count: number; readonly each: number }
}

/** What a worker starts with. */
export interface WorkerStart {
  /** Where onnxruntime-node lies. */
  readonly runtime: string
  readonly model: Uint8Array
  readonly settings: object
  readonly state: Int32Array
}

/** What a worker is doing, in `state[0]`: it waits while that is `idle`. */
export const workerStates = { idle: 0, run: 1, failed: 2, end: 3 } as const

/**
 * The code of a worker thread: runs its session whenever `state[0]` says so. It is started from its text, so that it needs no file of its own, and may use
 * nothing from outside.
 */
export async function runWorker(require: (name: string) => unknown): Promise<void> {
  const threads = require('node:worker_threads') as typeof import('node:worker_threads')
  const { runtime, model, settings, state } = threads.workerData as WorkerStart
  const port = threads.parentPort as import('node:worker_threads').MessagePort
  const arrays: Record<string, new (buffer: ArrayBufferLike, offset: number, length: number) => Uint8Array> = {
    float32: Float32Array,
    float16: Uint16Array,
    int32: Int32Array,
    int64: BigInt64Array,
    bool: Uint8Array,
  } as never
  const ort = require(runtime) as {
    InferenceSession: {
      create(model: Uint8Array, settings: object): Promise<{ run(feeds: object): Promise<Record<string, { data: Uint8Array }>> }>
    }
    Tensor: new (dtype: string, data: unknown, shape: readonly number[]) => { readonly data: Uint8Array }
  }
  const session = await ort.InferenceSession.create(model, settings)
  const view = (memory: ArrayBufferLike, { dtype, shape, offset }: SharedTensor): Uint8Array =>
    new (arrays[dtype] as NonNullable<(typeof arrays)[string]>)(
      memory,
      offset,
      shape.reduce((n, d) => n * d, 1),
    )
  let layout: SharedLayout | undefined
  // The runtime takes no shared memory: each input has a copy that is the worker's own.
  let fed: { name: string; shared: Uint8Array; own: Uint8Array; of(start: number, end: number): unknown }[] = []
  const inner = ({ shape }: SharedTensor): number => shape.slice(1).reduce((n, d) => n * d, 1)
  const run = async ({ memory, outputs }: SharedLayout, start: number, end: number): Promise<void> => {
    const results = await session.run(Object.fromEntries(fed.map((input) => [input.name, input.of(start, end)])))
    for (const output of outputs)
      view(memory, output).set((results[output.name] as { data: Uint8Array }).data, output.isDivided ? start * inner(output) : 0)
  }
  port.postMessage('ready')
  for (;;) {
    Atomics.wait(state, 0, 0)
    if (Atomics.load(state, 0) === 3) return
    try {
      const given = threads.receiveMessageOnPort(port)?.message as SharedLayout | undefined
      if (given !== undefined) {
        layout = given
        fed = given.inputs.map((input) => {
          const shared = view(given.memory, input)
          const own = shared.slice()
          const whole = new ort.Tensor(input.dtype, own, input.shape)
          const rows = (start: number, end: number): unknown =>
            new ort.Tensor(input.dtype, own.subarray(start * inner(input), end * inner(input)), [end - start, ...input.shape.slice(1)])
          return { name: input.name, shared, own, of: input.isDivided ? rows : () => whole }
        })
      }
      for (const { own, shared } of fed) own.set(shared)
      const told = layout as SharedLayout
      const { count, each } = told.rows ?? { count: 1, each: 1 }
      for (let start = 0; start < count; start += each) await run(told, start, Math.min(count, start + each))
      Atomics.store(state, 0, 0)
    } catch (error) {
      port.postMessage(String(error instanceof Error ? error.message : error))
      Atomics.store(state, 0, 2)
    }
    Atomics.notify(state, 0)
    // A failure is read before the next run.
    while (Atomics.load(state, 0) === 2) Atomics.wait(state, 0, 2)
  }
}
