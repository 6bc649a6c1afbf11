import { type Module, type Parameter, parametersOf } from '@equivar/nn'

/** Whether a pattern names a parameter, or a module that has it: `encoder`, `encoder.*`, `layers.*.bias`; `*` stands for any text. */
function isNamed(path: string, pattern: string): boolean {
  const expression = pattern
    .split('*')
    .map((text) => text.replace(/[.\\+?^$()[\]{}|]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${expression}(\\..*)?$`).test(path)
}

/** The parameters that a step updates by their gradient, and whether a path is frozen. */
export interface Trained {
  readonly parameters: readonly (readonly [string, Parameter])[]
  isFrozen(path: string): boolean
}

/**
 * The parameters of a model that are not frozen.
 *
 * @throws RangeError if a pattern names none of them, or nothing is left to train.
 */
export function trainedParameters(where: string, model: Module, freeze: readonly string[]): Trained {
  const all = [...parametersOf(model)]
  const idle = freeze.find((pattern) => !all.some(([path]) => isNamed(path, pattern)))
  if (idle !== undefined) {
    const paths = all.map(([path]) => path)
    const some = paths.length > 12 ? `${paths.slice(0, 12).join(', ')}, ...` : paths.join(', ')
    throw new RangeError(`${where}: expected freeze to name paths of parameters (${some}), received "${idle}".`)
  }
  const isFrozen = (path: string): boolean => freeze.some((pattern) => isNamed(path, pattern))
  const parameters = all.filter(([path, { trainable }]) => trainable && !isFrozen(path))
  if (freeze.length > 0 && parameters.length === 0)
    throw new RangeError(`${where}: expected a parameter that is not frozen, received freeze ${freeze.join(', ')}, which leaves none.`)
  return { parameters, isFrozen }
}
