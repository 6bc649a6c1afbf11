import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from './errors.ts'
import { defaultOptions, type ServeOptions } from './options.ts'

const number =
  (least: number, most: number, whole = true) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if ((whole && !Number.isInteger(value)) || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}.`)
    }
    return value
  }

/** Collects origins, as a browser writes them. */
function origins(text: string, before: readonly string[]): string[] {
  if (text !== '*' && !(URL.canParse(text) && new URL(text).origin === text))
    throw new InvalidArgumentError('Expected an origin, as https://example.org or http://localhost:5173, or *.')
  return [...before, text]
}

const MIB = 2 ** 20
const bytes = (text: string): number => {
  const [, digits, unit = ''] = /^(\d+)\s*(k|m|g)?(?:i?b)?$/i.exec(text.trim()) ?? []
  if (digits === undefined) throw new InvalidArgumentError('Expected bytes, as 1048576, 64k or 32M.')
  return Number(digits) * { '': 1, k: 1024, m: MIB, g: 1024 * MIB }[unit.toLowerCase() as 'k']
}

/** What commander read. */
interface Given extends Omit<ServeOptions, 'models' | 'token' | 'tls'> {
  readonly token?: string
  readonly tokenFile?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly json: boolean
}

function tokenOf({ token, tokenFile }: Given): string | undefined {
  if (token !== undefined && tokenFile !== undefined) throw new UsageError('expected --token or --token-file, received both')
  let text = token ?? process.env.EQUIVAR_INFER_TOKEN
  if (tokenFile !== undefined) {
    try {
      text = readFileSync(tokenFile, 'utf8').trim()
    } catch {
      throw new UsageError(`${tokenFile}: expected a file with the token, could not read it`)
    }
  }
  if (text !== undefined && !/^\S+$/.test(text))
    throw new UsageError('expected a token without spaces, received an empty one or one with spaces')
  return text
}

function tlsOf({ tlsCert, tlsKey }: Given): ServeOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UsageError('expected --tls-cert and --tls-key together, received one of them')
  return { cert: tlsCert, key: tlsKey }
}

/** The `serve` command. @param action - what it does with its options. */
export function serveCommand(action: (options: ServeOptions, output: { json: boolean }) => Promise<void>): Command {
  const milliseconds = number(0, 3_600_000)
  const defaults = defaultOptions()
  return new Command('serve')
    .description('serve exported models over HTTP: the Open Inference Protocol (KServe v2)')
    .argument('<models>', 'model.onnx, a run directory, or a folder of NAME.onnx, NAME/VERSION/model.onnx, NAME/model.onnx')
    .option('--host <address>', 'where to listen; 0.0.0.0 for every address', defaults.host)
    .option('--port <n>', '0 for any that is free', number(0, 65_535), defaults.port)
    .addOption(new Option('--device <name>').choices(['cpu', 'cuda', 'webgpu']).default(defaults.device))
    .option('--workers <n>', 'processes that run models; one a core if left out, one on a GPU', number(1, 256))
    .option('--threads <n>', 'threads of an operator in each worker; 0 for ONNX Runtime to choose', number(0, 1024), defaults.threads)
    .option('--concurrency <n>', 'runs of one model at once; 0 for as many as there is room for', number(0, 1024), defaults.concurrency)
    .option('--max-batch <n>', 'examples in a run; 1 for no batching', number(1, 65_536), defaults.maxBatch)
    .option(
      '--max-delay <ms>',
      'how long a request may wait for others while a worker is free',
      number(0, 60_000, false),
      defaults.maxDelay,
    )
    .option('--max-waste <share>', 'share of a run that may be padding', number(0, 1, false), defaults.maxWaste)
    .option('--max-body <bytes>', 'of a request: 1048576, 64k, 32M', bytes, defaults.maxBody)
    .option('--max-elements <n>', 'numbers in a request, and in a run', number(1, 2 ** 31 - 1), defaults.maxElements)
    .option('--max-pending <bytes>', 'of all requests that wait', bytes, defaults.maxPending)
    .option('--queue <n>', 'requests of a model that may wait; more get 429', number(1, 1_000_000), defaults.queue)
    .option('--timeout <ms>', 'until a request that is not answered gets 503', number(1, 3_600_000), defaults.timeout)
    .option('--body-timeout <ms>', 'for a request to arrive in; slower ones get 408', number(100, 3_600_000), defaults.bodyTimeout)
    .option('--reload <ms>', 'between looks at the models; 0 for none (SIGHUP looks at once)', milliseconds, defaults.reload)
    .option('--token <text>', 'that callers must send as a bearer token; also EQUIVAR_INFER_TOKEN (the command line can be seen by others)')
    .option('--token-file <file>', 'the token, in a file')
    .option('--allow-origin <origin>', 'of pages that may call from a browser; give it again for more, * for any', origins, [])
    .option('--tls-cert <file>', 'certificate in PEM')
    .option('--tls-key <file>', 'its private key in PEM')
    .addOption(
      new Option('--log-level <level>').choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default(defaults.logLevel),
    )
    .option('--json', 'say where it listens as JSON', false)
    .action(async (models: string, given: Given) => {
      const { json, token: _, tokenFile: __, tlsCert: ___, tlsKey: ____, ...options } = given
      await action({ ...defaults, ...options, models, token: tokenOf(given), tls: tlsOf(given) }, { json })
    })
}
