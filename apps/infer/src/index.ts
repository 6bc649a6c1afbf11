import { once } from 'node:events'
import { Command, CommanderError } from 'commander'
import { serveCommand } from './command.ts'
import { messageOf, UsageError } from './errors.ts'
import type { ServeOptions } from './options.ts'
import { ownVersion } from './own-version.ts'
import { serve } from './serve.ts'

export { openApiDocument } from './http/openapi.ts'
export type { ServeOptions } from './options.ts'
export { type RunningServer, serve } from './serve.ts'

const isLoopback = (host: string): boolean => /^(localhost|127\.|::1$)/.test(host)

/** Serves until SIGTERM or SIGINT, then drains. */
async function serveUntilStopped(options: ServeOptions, { json }: { json: boolean }): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const server = await serve(options)
  const { url, models } = server
  process.stdout.write(
    json
      ? `${JSON.stringify({ url, models, device: options.device })}\n`
      : `equivar-infer listens on ${url}: ${models.join(', ')} on ${options.device}\n`,
  )
  if (!isLoopback(options.host) && options.token === undefined) {
    process.stderr.write(`equivar-infer: other machines can reach ${options.host}, and no token is required; see --token-file\n`)
  }
  const reload = (): void => void server.reload()
  process.on('SIGHUP', reload)
  await stopped
  await server.drain()
  process.off('SIGHUP', reload)
}

/**
 * The `equivar-infer` command.
 *
 * @param args - the arguments, without interpreter and script.
 * @returns the exit status: 0 stopped and drained, 1 could not serve, 2 invalid arguments or no model.
 */
export async function main(args: readonly string[]): Promise<number> {
  const command = serveCommand(serveUntilStopped)
  const program = new Command('equivar-infer').description('Serves exported equivariant networks').version(ownVersion()).addCommand(command)
  for (const each of [program, command]) each.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    process.stderr.write(`equivar-infer: ${messageOf(error)}\n`)
    return error instanceof CommanderError || error instanceof UsageError ? 2 : 1
  }
}
