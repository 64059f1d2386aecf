import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '@pramaan/core/platform/errors'
import { answer, answerText, type Handler } from './http.ts'
import { etagOf, isFresh } from './middleware/etag.ts'

/** The files of swagger-ui that the page loads, and nothing else of it. */
const FILES: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

/** Styles that the library sets on elements by script are not inline styles to a browser; its icons are `data:` images. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pramaan API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>
`

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null, queryConfigEnabled: false })
`

/** GET /docs: the API in a browser, from our own files only. */
export const docsPage: Handler = (call) =>
  answer(call, 200, PAGE, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY })

const loaded = new Map<string, Promise<string>>()

/** GET /docs/{file}. @throws AppError `not_found` */
export const docsFile: Handler = async (call) => {
  const name = call.c.req.param('file') ?? ''
  if (name === 'start.js') return answer(call, 200, START, { 'content-type': 'text/javascript; charset=utf-8' })
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined
  if (type === undefined) throw new AppError('not_found', 'There is nothing under this address.')
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const text = loaded.get(name) ?? readFile(join(folder, name), 'utf8')
  loaded.set(name, text)
  return answerText(call, 200, await text, { 'content-type': type, 'cache-control': 'public, max-age=3600' })
}

/** GET /openapi.json. */
export const openApiPage = (json: string): Handler => {
  const etag = etagOf(json)
  return (call) => {
    const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'application/json; charset=utf-8' }
    return isFresh(call.incoming.headers['if-none-match'], etag)
      ? answer(call, 304, null, headers)
      : answerText(call, 200, json, headers)
  }
}
