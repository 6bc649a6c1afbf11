import type { OnnxValue } from '@equivar/export-onnx'
import { type ModelFile, sizeText } from './model-file.ts'

const shapeText = ({ dtype, shape }: OnnxValue): string => `${dtype ?? 'another type'} [${shape.join(', ')}]`

/** A configuration is long: it is shown with line breaks. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Tensors({ title, values }: { readonly title: string; readonly values: readonly OnnxValue[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {values.map((value) => (
          <li key={value.name}>
            <code>{value.name}</code> {shapeText(value)}
          </li>
        ))}
      </ul>
    </>
  )
}

/** What a model is: who wrote it, how large it is, what it takes and gives, what its file says of it. */
export function Facts({ file: { name, bytes, description, summary } }: { readonly file: ModelFile }) {
  const facts = [
    sizeText(bytes.length),
    `${summary.weights.toLocaleString('en')} weights`,
    `opset ${summary.opset ?? 'unknown'}`,
    `by ${summary.producer || 'an unknown producer'}`,
  ]
  return (
    <section class="card facts" aria-label="The model">
      <h2>{name}</h2>
      <p>{facts.join(' · ')}</p>
      <details>
        <summary>Inputs, outputs, metadata, operators</summary>
        <Tensors title="Inputs" values={description.inputs} />
        <Tensors title="Outputs" values={description.outputs} />
        {Object.keys(description.metadata).length > 0 && <h3>Metadata</h3>}
        <dl>
          {Object.entries(description.metadata).map(([key, text]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>
                <pre>{pretty(text)}</pre>
              </dd>
            </div>
          ))}
        </dl>
        <h3>Operators</h3>
        <p>
          {Object.entries(summary.operators)
            .map(([operator, count]) => `${operator} ${count}`)
            .join(', ')}
        </p>
      </details>
    </section>
  )
}
