import './model.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import { keepState } from '../address.ts'
import { Alert } from '../parts/alert.tsx'
import { takeHandedModel } from '../parts/handed-model.ts'
import { messageOf } from '../parts/message-of.ts'
import type { ViewProps } from '../view.ts'
import { DropZone } from './drop-zone.tsx'
import { demandSize, type ModelFile, readModelFile } from './model-file.ts'
import { OpenModel } from './open-model.ts'
import { isSample, type SampleName, sampleFile } from './samples.ts'
import { Workbench } from './workbench.tsx'

/** A model that is open. */
interface Opened {
  readonly file: ModelFile
  readonly model: OpenModel
  /** Tells it from the models that were open before. */
  readonly number: number
}

/** Where a model comes from. */
type Source = () => Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>

const readFile =
  (file: File): Source =>
  async () => {
    demandSize(file.name, file.size)
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }
  }

/** The model of the page: opened from one source after another, the last one wins; one that cannot be opened leaves the one before. */
function useOpened(): {
  readonly opened: Opened | undefined
  readonly failure: string | undefined
  readonly busy: boolean
  open(source: Source): void
} {
  const [opened, setOpened] = useState<Opened>()
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const current = useRef<Opened | undefined>(undefined)
  const asked = useRef(0)
  const load = async (source: Source, number: number): Promise<void> => {
    const { name, bytes } = await source()
    const file = readModelFile(name, bytes)
    const model = await OpenModel.open(bytes)
    if (number !== asked.current) return model.close()
    current.current?.model.close()
    current.current = { file, model, number }
    setOpened(current.current)
  }
  const open = (source: Source): void => {
    const number = ++asked.current
    setBusy(true)
    setFailure(undefined)
    load(source, number)
      .catch((error: unknown) => number === asked.current && setFailure(messageOf(error)))
      .finally(() => number === asked.current && setBusy(false))
  }
  useEffect(
    () => () => {
      asked.current++
      current.current?.model.close()
    },
    [],
  )
  return { opened, failure, busy, open }
}

/** Any ONNX model: what it is, which symmetry it has, and what it answers. */
export default function Model({ state }: ViewProps) {
  const { opened, failure, busy, open } = useOpened()
  const [refused, refuse] = useState<string>()
  const sample = (name: SampleName): void => {
    keepState('model', { sample: name })
    open(() => sampleFile(name))
  }
  useEffect(() => {
    const handed = takeHandedModel()
    const name = state.get('sample')
    refuse(name !== null && !isSample(name) ? name : undefined)
    if (handed !== undefined) open(async () => handed)
    else if (name !== null && isSample(name)) sample(name)
  }, [state])
  return (
    <div class="model">
      {refused !== undefined && <Alert>The link names the example “{refused}”, which this page does not have. Choose one below.</Alert>}
      {failure !== undefined && <Alert key={failure}>{failure}</Alert>}
      <DropZone
        small={opened !== undefined}
        busy={busy}
        open={(file) => {
          keepState('model', {})
          open(readFile(file))
        }}
        sample={sample}
      />
      {opened !== undefined && <Workbench key={opened.number} file={opened.file} model={opened.model} />}
    </div>
  )
}
