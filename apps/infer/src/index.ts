import { EventEmitter, once } from 'node:events'
import { Command, CommanderError } from 'commander'
import { serveCommand } from './command.ts'
import { messageOf, UsageError } from './errors.ts'
import { isLoopback } from './http/host-check.ts'
import { openLog } from './log.ts'
import type { ServeOptions } from './options.ts'
import { ownVersion } from './own-version.ts'
import { handleStrayErrors } from './process-policy.ts'
import { type RunningServer, startServer } from './serve.ts'

export { openApiDocument } from './http/openapi.ts'
export type { ServeOptions } from './options.ts'
export { type RunningServer, serve } from './serve.ts'

/** Serves until SIGTERM or SIGINT, then drains. SIGHUP reloads; before the server listens it does nothing. */
async function serveUntilStopped(options: ServeOptions, { json }: { json: boolean }): Promise<void> {
  let server: RunningServer | undefined
  process.on('SIGHUP', () => void server?.reload())
  const failed = new EventEmitter()
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), once(failed, 'failed')])
  const log = openLog(options.logLevel)
  handleStrayErrors(log, () => failed.emit('failed'))
  server = await startServer(options, log)
  const { url, models } = server
  process.stdout.write(
    json
      ? `${JSON.stringify({ url, models, device: options.device })}\n`
      : `equivar-infer listens on ${url}: ${models.join(', ')} on ${options.device}\n`,
  )
  if (!isLoopback(options.host) && options.token === undefined) {
    process.stderr.write(`equivar-infer: other machines can reach ${options.host}, and no token is required; see --token-file\n`)
  }
  await stopped
  await server.drain()
}

/** The parser of the command, to read from it what commands and options there are. */
export const commandLine = (): Command =>
  new Command('equivar-infer')
    .description('Serves exported equivariant networks')
    .version(ownVersion())
    .addCommand(serveCommand(serveUntilStopped))

/**
 * The `equivar-infer` command.
 *
 * @param args - the arguments, without interpreter and script.
 * @returns the exit status: 0 stopped and drained, 1 could not serve, 2 invalid arguments or no model.
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = commandLine()
  for (const each of [program, ...program.commands]) each.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await program.parseAsync(args, { from: 'user' })
    return process.exitCode === 1 ? 1 : 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    process.stderr.write(`equivar-infer: ${messageOf(error)}\n`)
    return error instanceof CommanderError || error instanceof UsageError ? 2 : 1
  }
}
