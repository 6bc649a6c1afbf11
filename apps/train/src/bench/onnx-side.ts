import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import { parseNpz, toTensorValue } from '@equivar/datasets'
import type { TensorValue } from '@equivar/tensor'
import { answer, type Side, timed } from './side.ts'

/** The inputs that `torch_peer.py export` wrote beside a file. */
export async function exportedFeeds(folder: string, name: 'infer' | 'infer1'): Promise<Record<string, TensorValue>> {
  const arrays = parseNpz(await readFile(join(folder, `${name}.npz`)))
  return Object.fromEntries(
    Object.entries(arrays).map(([key, array]) => [key, toTensorValue(array, array.dtype === 'float32' ? 'float32' : 'int64', key)]),
  )
}

/**
 * ONNX files that another framework exported, on the same runtime: inference only.
 *
 * @param folder - holds `infer.onnx` and `infer1.onnx`, and their inputs as `infer.npz` and `infer1.npz`.
 */
export async function onnxSide(folder: string, threads: number): Promise<Pick<Side, 'run' | 'compileMs'>> {
  const started = performance.now()
  const work: Record<string, () => Promise<void>> = {}
  for (const name of ['infer', 'infer1'] as const) {
    const feeds = await exportedFeeds(folder, name)
    const executable = await loadOnnx(join(folder, `${name}.onnx`), { threads })
    work[name] = () => answer(executable, feeds)
  }
  return { compileMs: performance.now() - started, run: (measure) => timed(work[measure] as () => Promise<void>) }
}
