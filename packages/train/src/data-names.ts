import { type Module, parametersOf } from '@equivar/nn'
import type { Input } from '@equivar/tensor'
import { reservedNames } from './objective.ts'

/** Checks the names of the data. @throws RangeError if a parameter or the step itself has the same name. */
export function demandDataNames(where: string, model: Module, inputs: Readonly<Record<string, Input>>): void {
  const paths = parametersOf(model)
  const own: readonly string[] = reservedNames.slice(0, 3)
  const taken = Object.keys(inputs).find((name) => own.includes(name) || paths.has(name))
  if (taken === undefined) return
  const owner = paths.has(taken) ? 'a parameter' : 'an input of the step itself'
  throw new RangeError(`${where}: expected other names of the data, received "${taken}", which is ${owner}.`)
}
