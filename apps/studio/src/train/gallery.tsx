import { useMemo } from 'preact/hooks'
import type { Run } from './run.ts'
import { KEPT, type Side, sides, type Task } from './task.ts'

/** What one network takes an example for. */
function Verdict({ side, predicted, truth }: { readonly side: Side; readonly predicted: string | undefined; readonly truth: string }) {
  const isRight = predicted === truth
  return (
    <span class={`opinion ${side} ${predicted === undefined ? '' : isRight ? 'is-right' : 'is-wrong'}`}>
      <span class="for-readers">{side}: </span>
      {predicted ?? '–'}{' '}
      {predicted !== undefined && (
        <span aria-label={isRight ? 'right' : 'wrong'} role="img">
          {isRight ? '✓' : '✗'}
        </span>
      )}
    </span>
  )
}

/** Examples that no network has seen, and what both take them for. */
export function Gallery({ task, run }: { readonly task: Task; readonly run: Run }) {
  const examples = useMemo(() => {
    const { test } = task.data(1)
    const batch = test.batch(Uint32Array.from({ length: KEPT.test }, (_, i) => i))
    return Array.from({ length: KEPT.test }, (_, i) => ({
      picture: task.draw(batch[task.input] as never, i),
      truth: task.classes[test.labels[i] as number] as string,
    }))
  }, [task])
  return (
    <ul class="gallery">
      {examples.map(({ picture, truth }, i) => (
        <li key={i}>
          {/* The pictures are drawn from numbers alone. */}
          <svg viewBox="0 0 100 100" role="img" aria-label={`An example of ${truth}`} dangerouslySetInnerHTML={{ __html: picture }} />
          <strong>{truth}</strong>
          {sides.map((side) => (
            <Verdict key={side} side={side} predicted={task.classes[run.predicted[side][i] ?? -1]} truth={truth} />
          ))}
        </li>
      ))}
    </ul>
  )
}
