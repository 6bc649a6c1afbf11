import { Module } from '@equivar/nn'
import {
  add,
  type Dimension,
  type DimensionLike,
  expand,
  gather,
  mul,
  printShape,
  range,
  reduceSum,
  reshape,
  ShapeError,
  segmentMean,
  sizeOf,
  sub,
  type Tensor,
  times,
  unsqueeze,
} from '@equivar/tensor'

/** What a network of points is given; only what the caller gives is there. */
export interface FramedInputs {
  /** float32 [nodes, 3]. */
  readonly positions: Tensor
  /** float32 [nodes, channels]: invariant features. */
  readonly x?: Tensor
  /** float32 [nodes, 3]: vectors, such as velocities. */
  readonly velocities?: Tensor
  /** int64 [2, edges]: row 0 the source, row 1 the target. */
  readonly edgeIndex?: Tensor
  /** float32 [edges, channels]: invariant features. */
  readonly edgeAttributes?: Tensor
}

/** What a network of points gives; what it does not give is left out. */
export interface FramedOutputs {
  /** float32 [nodes, ...]: to be invariant. */
  readonly y?: Tensor
  /** float32 [nodes, 3] or [nodes, 3, channels]: to turn. */
  readonly vectors?: Tensor
  /** float32 [nodes, 3]: to turn and to be moved with the input. */
  readonly positions?: Tensor
}

/** A network whose inputs and outputs have these names. */
export type FramedNetwork = Module & { forward(inputs: FramedInputs): FramedOutputs }

/** Options of FrameAveraging. */
export interface FrameAveragingOptions {
  readonly network: FramedNetwork
  /** Whether translations move the output along: positions enter minus their mean; default true. Use frames with the same `centred`. */
  readonly translations?: boolean
}

/** Inputs of FrameAveraging. */
export interface FrameAveragingInputs extends FramedInputs {
  /** int64 [nodes]: the structure of each node. */
  readonly batch: Tensor
  /** float32 [frames, structures, 3, 3]: an axis in each row, from `principalFrames`. */
  readonly frames: Tensor
  /** float32 [frames, structures]: the share of each frame. */
  readonly weights: Tensor
}

/**
 * Any network of points made equivariant: the mean, over the frames of a structure, of the network in the coordinates of the frame, turned back.
 *
 * Law: with the frames of `principalFrames`, for translations and rotations (SO(3)), and reflections too (O(3)): `y` stays, `vectors` turn, `positions` turn and
 * move; if the network commutes with permutations of the nodes, so does this. If the network can approximate every function, this can every equivariant one.
 * In one program, frames are given numbers: derivatives by positions leave out how frames turn, so do not take forces of it.
 *
 * @remarks Cost: the network on each node once a frame. For training, one frame at random (`choose` of principalFrames) costs as much as the network alone.
 * @see Puny et al. 2022, "Frame averaging for invariant and equivariant network design".
 * @example new FrameAveraging({ network: new PointGraphNetwork({ inChannels: 1, hiddenChannels: 64, layers: 4, velocities: true }) })
 */
export class FrameAveraging extends Module {
  readonly network: FramedNetwork
  readonly #translations: boolean

  constructor({ network, translations = true }: FrameAveragingOptions) {
    super()
    this.network = network
    this.#translations = translations
  }

  /** @throws ShapeError if frames, weights or an output have another shape. */
  forward(inputs: FrameAveragingInputs): FramedOutputs {
    const { positions, x, velocities, edgeIndex, edgeAttributes, batch, frames, weights } = inputs
    const [count, structures, ...square] = frames.shape as [Dimension, Dimension, Dimension, Dimension]
    if (frames.rank !== 4 || square.some((size) => size !== 3))
      throw new ShapeError('FrameAveraging.forward', 'frames [frames, structures, 3, 3]', printShape(frames.shape))
    if (weights.rank !== 2) throw new ShapeError('FrameAveraging.forward', 'weights [frames, structures]', printShape(weights.shape))
    const nodes = positions.shape[0] as Dimension
    const centres = this.#translations ? gather(segmentMean(positions, batch, structures), batch) : undefined
    const axes = gather(frames, batch, 1)
    const turned = (vectors: Tensor): Tensor => reshape(reduceSum(mul(axes, unsqueeze(vectors, 1)), { axis: -1 }), [times(count, nodes), 3])
    const outputs = this.network.forward({
      positions: turned(centres === undefined ? positions : sub(positions, centres)),
      ...(x === undefined ? {} : { x: copies(x, count) }),
      ...(velocities === undefined ? {} : { velocities: turned(velocities) }),
      ...(edgeIndex === undefined ? {} : { edgeIndex: copiesOfEdges(edgeIndex, count, nodes) }),
      ...(edgeAttributes === undefined ? {} : { edgeAttributes: copies(edgeAttributes, count) }),
    })
    const shares = gather(weights, batch, 1)
    const averaged = (given: Tensor): Tensor => {
      const each = reshape(given, [count, nodes, ...given.shape.slice(1)])
      return reduceSum(mul(each, reshape(shares, [count, nodes, ...given.shape.slice(1).map(() => 1)])), { axis: 0 })
    }
    const back = (given: Tensor): Tensor => averaged(turnedBack(given, axes, [count, nodes]))
    const { y, vectors, positions: moved } = outputs
    return {
      ...(y === undefined ? {} : { y: averaged(y) }),
      ...(vectors === undefined ? {} : { vectors: back(vectors) }),
      ...(moved === undefined ? {} : { positions: centres === undefined ? back(moved) : add(back(moved), centres) }),
    }
  }
}

/** The rows once for each frame. @returns [frames * rows, ...]. */
function copies(x: Tensor, count: Dimension): Tensor {
  const [rows, ...rest] = x.shape as [Dimension, ...Dimension[]]
  return reshape(expand(unsqueeze(x, 0), [count, rows, ...rest]), [times(count, rows), ...rest])
}

/** The edges of the disjoint union of as many copies of a graph. */
function copiesOfEdges(edgeIndex: Tensor, count: Dimension, nodes: Dimension): Tensor {
  const edges = edgeIndex.shape[1] as Dimension
  const starts: DimensionLike[] = [1, count, 1]
  return reshape(add(unsqueeze(edgeIndex, 1), mul(reshape(range(count), starts), sizeOf(nodes))), [2, times(count, edges)])
}

/** Each row turned from the coordinates of its frame: sum_k axes_k v_k. @param axes - [frames, nodes, 3, 3]. */
function turnedBack(given: Tensor, axes: Tensor, [count, nodes]: readonly [Dimension, Dimension]): Tensor {
  if (given.shape[1] !== 3 || given.rank > 3)
    throw new ShapeError('FrameAveraging.forward', 'vectors [nodes, 3] or [nodes, 3, channels] of the network', printShape(given.shape))
  const channels = given.shape.slice(2)
  const each = reshape(given, [count, nodes, 3, 1, ...channels])
  const rows = channels.length === 0 ? axes : unsqueeze(axes, 4)
  return reshape(reduceSum(mul(rows, each), { axis: 2 }), [times(count, nodes), 3, ...channels])
}
