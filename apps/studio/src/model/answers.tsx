import type { Values } from '@equivar/verify'
import { numbersOf } from './editors.ts'

/** The most numbers of an output that are shown. */
const MOST = 40

interface Bar {
  readonly name: string
  readonly text: string
  /** From -1 to 1. */
  readonly part: number
}

/** Logits as probabilities. */
function softmax(logits: Float64Array): Float64Array {
  const top = Math.max(...logits)
  const powers = logits.map((each) => Math.exp(each - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((each) => each / sum)
}

/** The bars of an output: probabilities where they are logits of one example, else the numbers themselves. */
export function barsOf(name: string, shape: readonly number[], numbers: Float64Array, classes: readonly string[]): Bar[] {
  const isOneExample = shape.slice(0, -1).every((size) => size === 1)
  if (name === 'logits' && isOneExample && numbers.length > 1)
    return Array.from(softmax(numbers), (part, i) => ({ name: classes[i] ?? `class ${i}`, text: `${(100 * part).toFixed(1)} %`, part }))
  const most = numbers.reduce((top, each) => Math.max(top, Math.abs(each)), 1e-30)
  const label = (i: number): string => (isOneExample ? String(i) : `[${indexOf(i, shape).join(', ')}]`)
  return Array.from(numbers.subarray(0, MOST), (number, i) => ({ name: label(i), text: number.toPrecision(4), part: number / most }))
}

/** The indices along all axes of the number at a place. */
function indexOf(at: number, shape: readonly number[]): number[] {
  let rest = at
  return shape
    .map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
    .map((stride) => {
      const index = Math.floor(rest / stride)
      rest -= index * stride
      return index
    })
}

/** What a model answers. */
export const Answers = ({ outputs, classes }: { readonly outputs: Values; readonly classes: readonly string[] }) => (
  <>
    {Object.entries(outputs).map(([name, value]) => {
      const numbers = numbersOf(value)
      return (
        <section key={name} aria-label={`Output ${name}`}>
          <h3>
            {name} <small>{`${value.dtype} [${value.shape.join(', ')}]`}</small>
          </h3>
          <dl class="bars">
            {barsOf(name, value.shape, numbers, classes).map(({ name: label, text, part }) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <span class="bar" aria-hidden="true">
                    <span class={part < 0 ? 'below' : ''} style={{ width: `${100 * Math.abs(part)}%` }} />
                  </span>
                  <span class="number">{text}</span>
                </dd>
              </div>
            ))}
          </dl>
          {numbers.length > MOST && (
            <p class="note">
              The first {MOST} of {numbers.length.toLocaleString('en')} numbers.
            </p>
          )}
        </section>
      )
    })}
  </>
)
