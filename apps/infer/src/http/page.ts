import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** The page lies beside the sources, which are published with the compiled code: it is two folders below the package from either. */
const FILE = new URL('../../src/http/page.html', import.meta.url)

const hashOf = (html: string, tag: string): string => {
  const text = html.split(`<${tag}>`)[1]?.split(`</${tag}>`)[0] ?? ''
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Allows the page's own script and style, and calls to this server; nothing else. */
function policyOf(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(html, 'script')}`,
    `style-src ${hashOf(html, 'style')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/**
 * The page at `/`: the models, what each takes and gives, and a form that sends an example.
 *
 * The page itself is the same for every server and says nothing about its models, so that it needs no token. Its script asks for the token where the server
 * requires one, keeps it in memory only, and shows what it gets as text.
 */
export function pageRoute(app: FastifyInstance): void {
  const html = readFileSync(FILE, 'utf8')
  const headers = {
    'content-security-policy': policyOf(html),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
  app.get('/', async (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(html))
}
