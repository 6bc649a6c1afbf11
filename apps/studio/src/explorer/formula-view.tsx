import { Fragment } from 'preact'
import { cssColour } from '../parts/colour.ts'
import { shownTerms, termsOf } from './formula.ts'
import { pointName, type Symmetry } from './symmetry.ts'

/** A formula whose parts after `_`, in braces or one letter long, stand lower. */
export function FormulaText({ text }: { readonly text: string }) {
  const parts = text.split(/_(\{[^}]*\}|\S)/)
  return <span class="formula">{parts.map((part, k) => (k % 2 === 0 ? part : <sub key={k}>{part.replace(/[{}]/g, '')}</sub>))}</span>
}

/** The name of a weight, over its colour. */
export function WeightName({ label, count }: { readonly label: number; readonly count: number }) {
  return (
    <span class="weight-name" style={{ borderColor: cssColour(label, count) }}>
      w<sub>{label}</sub>
    </span>
  )
}

/** How many inputs of one weight, and how many weights, a formula writes out. */
const SHOWN_INPUTS = 5
const SHOWN_WEIGHTS = 6

/** The formula of one output point, with its weights in their colours. */
export function RowFormula({
  symmetry,
  row,
  lit,
}: {
  readonly symmetry: Symmetry
  readonly row: number
  readonly lit: number | undefined
}) {
  const { scheme, input, output, biases } = symmetry
  const terms = termsOf(scheme, row)
  return (
    <p class="formula row-formula">
      y<sub>{pointName(output, row)}</sub> ={' '}
      {shownTerms(terms, SHOWN_WEIGHTS, lit).map(({ label, columns }) => (
        <span key={label} class={label === lit ? 'lit' : ''}>
          <WeightName label={label} count={scheme.count} /> {columns.length > 1 && '('}
          {columns.slice(0, SHOWN_INPUTS).map((column, k) => (
            <Fragment key={column}>
              {k > 0 && ' + '}x<sub>{pointName(input, column)}</sub>
            </Fragment>
          ))}
          {columns.length > SHOWN_INPUTS && ` + … ${columns.length - SHOWN_INPUTS} more`}
          {columns.length > 1 && ')'} +{' '}
        </span>
      ))}
      {terms.length > SHOWN_WEIGHTS && <span>… {terms.length - SHOWN_WEIGHTS} more weights + </span>}
      <span>b{biases.count > 1 && <sub>{biases.labels[row]}</sub>}</span>
    </p>
  )
}
