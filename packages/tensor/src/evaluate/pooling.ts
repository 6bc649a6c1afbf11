import type { NumberArray } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import type { Kernel } from '../operators/operator.ts'
import type { WindowAttributes } from '../operators/signatures.ts'
import { newArray } from './array.ts'
import { forEachMeeting, slidShape } from './meetings.ts'

function pool(x: NumberArray, attributes: WindowAttributes, start: number, add: (sum: number, value: number) => number): NumberArray {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const to = slidShape(spatial, attributes)
  const y = newArray(x.dtype, [batch, channels, ...to])
  y.data.fill(start)
  const [sizeX, sizeY] = [elementCount(spatial), elementCount(to)]
  forEachMeeting(to, spatial, attributes, (s, _, l) => {
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let c = 0; c < batch * channels; c++) y.data[c * sizeY + s] = add(y.data[c * sizeY + s] as number, x.data[c * sizeX + l] as number)
  })
  return y
}

/** The largest of each window. */
export const maxPool: Kernel<'MaxPool'> = ([x], { attributes }) => pool(x, attributes, -Infinity, Math.max)

/** The sum of each window over the size of the window. */
export const averagePool: Kernel<'AveragePool'> = ([x], { attributes }) => {
  const sum = pool(x, attributes, 0, (a, b) => a + b)
  const count = elementCount(attributes.kernel)
  return { ...sum, data: sum.data.map((value) => value / count) }
}

/** For each element of the signal the sum over its windows of [x = y] g / (count of such elements in the window). */
export const maxPoolGradient: Kernel<'MaxPoolGradient'> = ([x, y, g], { attributes }) => {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]]
  const to = y.shape.slice(2)
  const [sizeX, sizeY] = [elementCount(spatial), elementCount(to)]
  const ties = newArray(x.dtype, y.shape)
  const gradient = newArray(x.dtype, x.shape)
  const forEachElement = (visit: (window: number, element: number, tie: number) => void): void =>
    forEachMeeting(to, spatial, attributes, (s, _, l) => {
      // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
      for (let c = 0; c < batch * channels; c++) {
        const [window, element] = [c * sizeY + s, c * sizeX + l]
        visit(window, element, x.data[element] === y.data[window] ? 1 : 0)
      }
    })
  forEachElement((window, _, tie) => {
    ties.data[window] = (ties.data[window] as number) + tie
  })
  forEachElement((window, element, tie) => {
    const share = (g.data[window] as number) / (ties.data[window] as number)
    gradient.data[element] = (gradient.data[element] as number) + tie * share
  })
  return gradient
}
