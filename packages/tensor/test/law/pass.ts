import { convolutionGradients, type DataType, type Input, maxPoolGradients, type Pass, program, type Tensor } from '@equivar/tensor'
import { expect } from 'vitest'
import { randomProgram } from '../random-programs.ts'
import { shown } from '../shown.ts'
import { violation } from './law.ts'

/** A tensor after one pass, as text. Inputs are found; those named `fixed` have known values. */
export function after(pass: Pass, outputs: Tensor | readonly Tensor[], inputs: readonly Input[], fixed: readonly Input[] = []): string {
  const tensors: readonly Tensor[] = [outputs].flat()
  const before = program({ inputs, outputs: Object.fromEntries(tensors.map((y, i) => [`y${i}`, y])) })
  return shown(pass.run(before, { fixed: new Set(fixed) }))
}

/** A tensor as it stands, as text. */
export const before = (outputs: Tensor | readonly Tensor[], inputs: readonly Input[]): string =>
  after({ name: 'nothing', run: (p) => p }, outputs, inputs)

/**
 * A pass changes no value of random programs rich in what it looks for.
 *
 * @param least - in how many it must find something; a fourth of them if left out.
 */
export function expectLaw(pass: Pass, rich: readonly string[], programs = 20, least = programs / 4, floats?: readonly DataType[]): void {
  const target = { name: pass.name, passes: [pass, convolutionGradients({ columns: 128 }), maxPoolGradients()] }
  let changed = 0
  for (let seed = 0; seed < programs; seed++) {
    const random = randomProgram(seed, floats === undefined ? { rich } : { rich, floats })
    if (pass.run(random.program, { fixed: new Set() }) !== random.program) changed++
    expect(violation(random, target)).toBeUndefined()
  }
  expect(changed).toBeGreaterThanOrEqual(least)
}
