import { create } from '@bufbuild/protobuf'
import type { DataType, Dimension } from '@equivar/tensor'
import { dataTypeCodes } from './codes.ts'
import { type ValueInfoProto, ValueInfoProtoSchema } from './generated/onnx_pb.ts'

/** The declaration of an input or output. */
export function valueInfo(name: string, dtype: DataType, shape: readonly Dimension[]): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: dataTypeCodes[dtype],
          shape: {
            dim: shape.map((d) => ({
              value: typeof d === 'number' ? { case: 'dimValue' as const, value: BigInt(d) } : { case: 'dimParam' as const, value: d.key },
            })),
          },
        },
      },
    },
  })
}
