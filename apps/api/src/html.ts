import { answer, type Call } from './http.ts'

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text made harmless inside an element or a quoted attribute. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1b1b1f}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f6;padding:1rem;border-radius:.5rem}
button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.5rem;background:#1f4fd8;color:#fff}
td,th{text-align:left;padding:.3rem 1rem .3rem 0;vertical-align:top}`

const PAGE_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** GET /page.css: what our few pages look like. */
export const styleSheet = (call: Call) =>
  answer(call, 200, STYLE, {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=3600',
  })

/** A page without scripts. `title` is text, `body` is HTML whose parts were escaped. */
export function htmlPage(call: Call, status: number, title: string, body: string): Response {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} · Pramaan</title>
<link rel="stylesheet" href="/page.css"></head><body><h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`
  return answer(call, status, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
  })
}
