import { printShape, ShapeError, sameShape, type TensorValue } from '@equivar/tensor'
import { AVERAGE, isOfModel, type RunState } from './run-state.ts'
import type { StateEntry, TrainStep } from './train-step.ts'

/**
 * The values before the first step: the given parameters; slots and the step count are 0, averages the parameters.
 *
 * @throws RangeError if the value of a parameter is missing, ShapeError if it has another shape.
 */
export function initialState(step: Pick<TrainStep, 'state'>, values: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> {
  return Object.fromEntries(
    step.state.map(({ input: name, kind, shape }) => {
      if (kind === 'step') return [name, { dtype: 'int64', shape: [], data: new BigInt64Array(1) } satisfies TensorValue]
      if (kind === 'slot')
        return [name, { dtype: 'float32', shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) } satisfies TensorValue]
      const path = kind === 'average' ? name.slice(AVERAGE.length) : name
      const value = values[path]
      if (value === undefined) throw new RangeError(`initialState: expected a value for the parameter "${path}", received none.`)
      if (!sameShape(value.shape, shape))
        throw new ShapeError('initialState', `a value for the parameter "${path}" of shape ${printShape(shape)}`, printShape(value.shape))
      return [name, value]
    }),
  )
}

/**
 * The state of a run before its first step.
 *
 * @param values - initial parameters and running statistics, as `initialize` gives them, or those of another run.
 * @throws RangeError if the value of a parameter is missing, ShapeError if it has another shape.
 */
export function startRun(step: Pick<TrainStep, 'state'>, values: Readonly<Record<string, TensorValue>>): RunState {
  return { values: initialState(step, values), step: 0, sums: {} }
}

/** The values of the model at that moment: averages in the place of parameters that have one, other parameters, running statistics. */
export function currentValues(entries: readonly StateEntry[], values: Readonly<Record<string, TensorValue>>): Record<string, TensorValue> {
  const averaged = new Set(entries.filter(({ kind }) => kind === 'average').map(({ input }) => input))
  const nameOf = (path: string): string => (averaged.has(AVERAGE + path) ? AVERAGE + path : path)
  return Object.fromEntries(entries.filter(isOfModel).map(({ input }) => [input, values[nameOf(input)] as TensorValue]))
}

/**
 * The values to use a trained model with, by path: those of the best epoch if the run keeps them; else the averages if the step averages parameters; else the
 * parameters as they are. Running statistics are among them.
 *
 * @example exportOnnx(inferenceProgram(model, { inputs, outputs }), { values: trainedValues(step, state) })
 */
export function trainedValues(step: Pick<TrainStep, 'state'>, { values, best }: RunState): Record<string, TensorValue> {
  return { ...(best?.values ?? currentValues(step.state, values)) }
}
