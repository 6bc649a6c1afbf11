export { contractor } from './contraction.ts'
export { type Placed, place, widen } from './placement.ts'
export { arrangements, blockNumbers, moebius, type SetPartition, setPartitions } from './set-partitions.ts'
export {
  agreementOf,
  type Contraction,
  contractions,
  type Placement,
  placements,
  type TupleMap,
  type TupleSymmetry,
  tupleMaps,
} from './tuple-maps.ts'
