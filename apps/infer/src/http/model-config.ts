import type { OnnxValue } from '@equivar/export-onnx'
import type { ServedModel } from '../models/served-model.ts'
import { type ServeOptions, workersOf } from '../options.ts'
import { datatypeOf } from '../protocol/datatypes.ts'

/** Inputs that a request may omit. */
function isOptional({ name, shape }: OnnxValue, { binds, indices }: ServedModel['recipe']): boolean {
  return name === 'mask' || (binds[name] !== undefined && shape.length === 0) || (name === 'batch' && typeof indices.batch === 'string')
}

/**
 * The configuration of a model in the words of Triton's ModelConfig.
 *
 * If requests are joined along their first axis, `max_batch_size` is the largest number of examples in a run, and the shapes lack that axis. Otherwise it is 0.
 *
 * @see Triton's model configuration extension.
 */
export function modelConfig({ name, description, recipe, labels }: ServedModel, options: ServeOptions): Readonly<Record<string, unknown>> {
  const { maxBatch, maxDelay, device } = options
  const batched = recipe.kind === 'padded' || recipe.kind === 'concatenated'
  const tensor = (value: OnnxValue) => ({
    name: value.name,
    data_type: `TYPE_${datatypeOf(value.dtype)}`,
    dims: value.shape.slice(batched ? 1 : 0).map((size) => (typeof size === 'number' ? size : -1)),
  })
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    default_model_filename: 'model.onnx',
    version_policy: { all: {} },
    max_batch_size: batched ? maxBatch : 0,
    input: description.inputs.map((value) => ({ ...tensor(value), optional: isOptional(value, recipe) })),
    output: description.outputs.map((value) => ({
      ...tensor(value),
      label_filename: labels[value.name] === undefined ? '' : 'labels.txt',
    })),
    instance_group: [{ name, count: workersOf(options), kind: device === 'cpu' ? 'KIND_CPU' : 'KIND_GPU' }],
    ...(batched && { dynamic_batching: { max_queue_delay_microseconds: Math.round(1000 * maxDelay) } }),
    parameters: { batching: { string_value: recipe.kind } },
  }
}
