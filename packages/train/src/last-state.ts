import type { RunState } from './run-state.ts'

/**
 * Runs a training to its end.
 *
 * @param onEvent - called with every event, and awaited: to log, to save the state, to draw a curve.
 * @returns the state at the end; the one that it started from if nothing was left to do.
 * @example
 * const state = await lastState(fit(options), async (event) => {
 *   if (event.type !== 'step') await saveRun('run.safetensors', event.state)
 * })
 */
export async function lastState<Event>(
  events: AsyncGenerator<Event, RunState, void>,
  onEvent: (event: Event) => void | Promise<void> = () => {},
): Promise<RunState> {
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) return value
    await onEvent(value)
  }
}
