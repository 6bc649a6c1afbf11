import type { OnnxNode } from '@equivar/export-onnx'
import { type Binding, type Dimension, dimensionValue, FeedError, type Program, symbolsOf } from '@equivar/tensor'
import { allNodes } from './all-nodes.ts'

const integers = (node: OnnxNode, name: string): readonly number[] => {
  const value = node.attributes[name]
  return typeof value === 'object' ? value : []
}

/** Kernels of channels-last convolutions read three channels at a time where they cannot read four, and then others than those meant. */
function readsWrongChannels([outputs, inputs, ...window]: readonly (number | undefined)[]): boolean {
  if (outputs === undefined || inputs === undefined || outputs % 4 !== 0) return false
  return inputs % 3 === 0 && inputs !== 3 && inputs % 4 !== 0 && window.some((length) => length !== 1)
}

/** WGSL allows them to be off by 2^-11; a software adapter is, by 2e-4. */
const inexact = (): boolean => true

/** What ONNX Runtime (1.30) computes wrongly, or not at all, on WebGPU. */
const wrong: Readonly<Record<string, (node: OnnxNode) => boolean>> = {
  Sin: inexact,
  Cos: inexact,
  Conv: (node) => readsWrongChannels((node.shapes[1] ?? []).map((d) => (typeof d === 'number' ? d : undefined))),
  ConvTranspose: (node) => {
    const grouped = ((node.attributes.group as number | undefined) ?? 1) > 1
    return (node.shapes[1]?.length ?? 0) > 4 || (grouped && integers(node, 'dilations').some((length) => length > 1))
  },
}

/** The names of the nodes that ONNX Runtime computes wrongly on WebGPU; the cpu does them. What has no name cannot be told. */
export function nodesLeftToCpu(nodes: readonly OnnxNode[]): string[] {
  return nodes.filter((node) => node.name !== '' && wrong[node.operator]?.(node) === true).map(({ name }) => name)
}

/** What ONNX Runtime cannot do on WebGPU where the last size of a matrix, or the batch of a signal, is 0. */
const neverEmpty: Readonly<Record<string, string>> = {
  MatMul: 'sum over nothing',
  Conv: 'convolve no examples',
  ConvTranspose: 'convolve no examples',
}

/**
 * Refuses sizes that ONNX Runtime cannot run with on WebGPU: with a sum over nothing it ends the process, a convolution of no examples fails. Fixed sizes
 * never get so far as the first.
 */
export function sizeCheck(program: Program): (sizes: Binding) => void {
  const told = program.symbols
  const demands = allNodes(program).flatMap(({ operator: { name }, inputs: [x] }) => {
    const why = neverEmpty[name]
    const size = name === 'MatMul' ? x?.shape.at(-1) : x?.shape[0]
    // What is not told by the program's own sizes is the size of a piece, of which none is empty.
    const isTold = size !== undefined && [...symbolsOf(size)].every((name) => told.has(name))
    return why === undefined || !isTold || typeof size === 'number' ? [] : [{ size, why }]
  })
  return (sizes) => {
    const isKnown = (size: Dimension): boolean => [...symbolsOf(size)].every((name) => sizes.has(name))
    const empty = demands.find(({ size }) => isKnown(size) && dimensionValue(size, sizes) === 0)
    if (empty === undefined) return
    throw new FeedError(
      `run: expected the size ${empty.size} of at least 1 on WebGPU, where ONNX Runtime cannot ${empty.why}, received 0. Leave the example out, or use the cpu.`,
    )
  }
}
