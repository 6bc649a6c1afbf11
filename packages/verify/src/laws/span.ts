import type { LayerUnderTest } from '../layer.ts'
import { expectSpan } from '../span.ts'
import { checkOver, type LayerCheck } from './check.ts'

/** Checks that the weights span exactly the equivariant maps. */
export function spanChecks<S>(layer: LayerUnderTest<S>): LayerCheck[] {
  const { span } = layer.description
  if (span === undefined) return []
  return checkOver('has weights that span exactly the equivariant maps', span.sizes, (at) => {
    const p = layer.program(at, false)
    const weights = p.inputs.map(({ name }) => name).filter((name) => name !== 'x')
    const maps = span.maps?.(at)
    expectSpan(p, { weights, input: span.input(at), output: span.output(at), ...(maps === undefined ? {} : { maps }) })
  })
}
