import { FEW_ROWS, NEVER_SHARED, type OnnxNode, onnxNodes } from '@equivar/export-onnx'

/** What Node and browsers have; this package takes the types of neither. */
type FromAddress = (address: string) => Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>
type FromFile = { readFile(path: string): Promise<Uint8Array> }

/** The bytes of a file, in Node, or of what lies at an address, in a browser. */
async function readModelFile(path: string, inBrowser: boolean): Promise<Uint8Array> {
  if (inBrowser) {
    const { fetch } = globalThis as unknown as { fetch: FromAddress }
    return new Uint8Array(await (await fetch(path)).arrayBuffer())
  }
  const name = 'node:fs/promises'
  return ((await import(/* @vite-ignore */ name)) as FromFile).readFile(path)
}

/** The nodes of a model; none if it cannot be read, which the runtime itself refuses. */
export async function nodesOfModel(model: Uint8Array | string, inBrowser: boolean): Promise<readonly OnnxNode[]> {
  try {
    return onnxNodes(typeof model === 'string' ? await readModelFile(model, inBrowser) : model, 'onnxBackend')
  } catch {
    return []
  }
}

/** Whether the file says that a node adds so few numbers that one thread does it anyway. */
function addsFew({ name, shapes: [, , updates] }: OnnxNode): boolean {
  if (name.startsWith(FEW_ROWS)) return true
  return updates?.every((length) => typeof length === 'number') === true && updates.reduce((a, b) => a * b, 1) <= NEVER_SHARED
}

/**
 * Whether the cpu must run a model in one thread: it adds rows by index (or multiplies, or takes the larger), more than 200,000 numbers, or as many as its
 * inputs have, and not in pieces. ONNX Runtime (1.30) shares the rows of ScatterND among threads without locks, so that two of them lose what the other
 * added to the same row, from 210,000 numbers on. A file made without the shapes of its inner values (`shapes: false`) does not say how many there are.
 *
 * @see https://github.com/microsoft/onnxruntime/issues/18048 and 23396
 */
export function needsOneThread(nodes: readonly OnnxNode[]): boolean {
  return nodes.some((node) => node.operator === 'ScatterND' && (node.attributes.reduction ?? 'none') !== 'none' && !addsFew(node))
}
