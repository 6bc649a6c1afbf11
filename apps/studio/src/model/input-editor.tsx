import { editorOf } from './editors.ts'
import { GraphEditor } from './graph-editor.tsx'
import { GridEditor } from './grid-editor.tsx'
import { type EditorProps, PointsEditor } from './points-editor.tsx'

const editors = { points: PointsEditor, graph: GraphEditor, grid: GridEditor }

/** One input of a model, in the editor of its kind. */
export function InputEditor(props: EditorProps) {
  const { name, value, nodes } = props
  const kind = editorOf(name, value, nodes)
  const Editor = kind === 'too large' ? undefined : editors[kind]
  return (
    <section class={`input ${kind}`} aria-label={`Input ${name}`}>
      <h3>
        {name} <small>{`${value.dtype} [${value.shape.join(', ')}]`}</small>
      </h3>
      {Editor === undefined ? (
        <p class="note">Too many numbers to be drawn. “Random input” draws others.</p>
      ) : (
        <Editor key={kind} {...props} />
      )}
    </section>
  )
}
