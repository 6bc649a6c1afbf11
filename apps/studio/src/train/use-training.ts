import { useLayoutEffect, useRef } from 'preact/hooks'
import { useStateOf } from '../parts/use-state-of.ts'
import type { News, Order, Settings } from './messages.ts'
import { type Change, changed, noRun, type Run } from './run.ts'

/** A run in a worker, and what a visitor does with it. */
export interface Training {
  readonly run: Run
  start(kind: Run['kind'], settings: Settings): void
  pause(): void
  goOn(): void
  reset(): void
}

/**
 * Trains in a worker of its own, which ends with the page: a new one for each run, as one that failed may hold a GPU that is gone.
 *
 * @param link - what was followed to the page; a run ends with it, as another link may ask for another task.
 */
export function useTraining(link: URLSearchParams): Training {
  const [run, set] = useStateOf(link, noRun)
  const tell = (change: Change): void => set((before) => changed(before, change))
  const worker = useRef<Worker | undefined>(undefined)
  const end = (): void => {
    worker.current?.terminate()
    worker.current = undefined
  }
  const order = (message: Order): void => worker.current?.postMessage(message)
  useLayoutEffect(() => end, [link])
  const start = (kind: Run['kind'], settings: Settings): void => {
    end()
    tell({ type: 'start', kind })
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.current = own
    const fail = (message: string): void => {
      if (worker.current !== own) return
      end()
      tell({ type: 'failed', message })
    }
    own.addEventListener('error', (event) => fail(event.message || 'The worker that trains could not be loaded. Reload the page.'))
    own.addEventListener('message', ({ data }: MessageEvent<News>) => {
      if (data.type === 'failed') fail(data.message)
      else if (worker.current === own) tell(data)
    })
    order({ type: kind, settings })
  }
  const both = (type: 'pause' | 'continue') => (): void => {
    order({ type })
    tell({ type })
  }
  const reset = (): void => {
    end()
    tell({ type: 'reset' })
  }
  return { run, start, pause: both('pause'), goOn: both('continue'), reset }
}
