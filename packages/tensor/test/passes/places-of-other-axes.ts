import * as t from '@equivar/tensor'

/** A step whose pieces read places along another axis than that of the examples, and a size of an input that they do not read. */
export function placesOfOtherAxes(): t.Program {
  const [rows, scale, other] = [
    t.input('rows', 'float32', ['batch', 'n']),
    t.input('scale', 'float32', [1]),
    t.input('other', 'float32', ['m']),
  ]
  const places = t.add(t.cast(t.range('n'), 'float32'), t.cast(t.sizeOf('m'), 'float32'))
  const more = t.reduceSum(t.mul(t.range('m'), t.range('m')))
  const loss = t.reduceSum(t.mul(t.tanh(t.mul(t.mul(rows, scale), places)), t.cast(more, 'float32')))
  const [gradient] = t.differentiate(loss, [scale])
  return t.program({ inputs: [rows, scale, other], outputs: { loss, gradient: gradient as t.Tensor } })
}
