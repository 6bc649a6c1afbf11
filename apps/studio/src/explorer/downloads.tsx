import { sharingSvg } from '@equivar/groups/picture'
import { useState } from 'preact/hooks'
import { CopyButton } from '../parts/copy-button.tsx'
import { download } from '../parts/download.ts'
import { messageOf } from '../parts/message-of.ts'
import { pngOf } from './png.ts'
import { type Symmetry, titleOf } from './symmetry.ts'
import { typescriptOf } from './typescript.ts'

const fileName = (symmetry: Symmetry): string =>
  `sharing-${titleOf(symmetry)
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 60)}`

/** The picture as a file, and the layer as a program. */
export function Downloads({ symmetry }: { readonly symmetry: Symmetry }) {
  const [fault, setFault] = useState('')
  const svg = (): string => sharingSvg(symmetry.scheme, { title: titleOf(symmetry) })
  const savePng = async (): Promise<void> => {
    try {
      download(await pngOf(svg()), `${fileName(symmetry)}.png`, 'image/png')
      setFault('')
    } catch (error) {
      setFault(messageOf(error))
    }
  }
  return (
    <section class="downloads" aria-label="Take it with you">
      <div class="tools">
        <CopyButton text={() => typescriptOf(symmetry)}>Copy as TypeScript</CopyButton>
        <CopyButton text={() => location.href}>Copy link</CopyButton>
        <button type="button" onClick={() => download(svg(), `${fileName(symmetry)}.svg`, 'image/svg+xml')}>
          SVG
        </button>
        <button type="button" onClick={savePng}>
          PNG
        </button>
      </div>
      {fault !== '' && <p role="alert">{fault}</p>}
      <details>
        <summary>The layer in TypeScript</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <pre tabIndex={0}>{typescriptOf(symmetry)}</pre>
      </details>
    </section>
  )
}
