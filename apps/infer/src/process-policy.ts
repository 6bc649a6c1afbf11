import type { Logger } from 'pino'

/**
 * What the process does about errors that no code has handled.
 *
 * - A rejected promise that nobody awaits concerns one task. It is logged with its stack, and the server continues.
 * - After an exception that nobody has caught, the state of the process is unknown. It is logged, and the server drains and ends with status 1.
 *
 * @param stop - drains the server.
 * @returns a function that removes the handlers.
 */
export function handleStrayErrors(log: Logger, stop: () => void): () => void {
  const onRejection = (error: unknown): void =>
    log.error({ err: error }, 'a task failed, and nothing handled its error; the server continues')
  const onException = (error: unknown): void => {
    log.fatal({ err: error }, 'an unexpected exception; the server drains and ends')
    process.exitCode = 1
    stop()
  }
  process.on('unhandledRejection', onRejection).on('uncaughtException', onException)
  return () => process.off('unhandledRejection', onRejection).off('uncaughtException', onException)
}
