import { Hono } from 'hono'
import { receiveMessage } from './message-events.ts'
import type { Meta } from './meta.ts'
import type { Message } from './state.ts'
import { phoneDigits, userOf } from './users.ts'

const MAX_SHOWN = 50

/** A page that stands for the phones of all recipients: what each was sent, and a way to write back. */
export function createPhonePage(meta: Meta): Hono {
  const app = new Hono()
  app.on('GET', ['/', '/phone'], (c) => c.html(page(meta)))
  app.post('/reply', async (c) => {
    const form = await c.req.parseBody()
    const number = meta.state.numbers.get(String(form.number))
    const person = phoneDigits(String(form.person))
    const text = String(form.text ?? '').trim()
    if (!number || person === null || text === '') return c.text('A number, a person and a text are needed.', 400)
    receiveMessage(meta, number, userOf(meta, number.accountId, person), { text })
    return c.redirect('/phone', 303)
  })
  return app
}

function page(meta: Meta): string {
  const phones = Map.groupBy(meta.state.messages, (message) => `${message.numberId} ${message.person}`)
  const newestFirst = [...phones.values()].sort((a, b) => (b.at(-1)?.at ?? 0) - (a.at(-1)?.at ?? 0))
  const sections = newestFirst.slice(0, MAX_SHOWN).map((messages) => phone(meta, messages))
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Phones</title>
<style>body{font:16px/1.4 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;background:#efeae2;color:#111}
section{margin:0 0 2rem}p{white-space:pre-wrap;overflow-wrap:anywhere;background:#fff;border-radius:.5rem;padding:.6rem .8rem;margin:.4rem 20% .4rem 0}
p.in{background:#d9fdd3;margin:.4rem 0 .4rem 20%}small{color:#555}</style></head>
<body><h1>What people received</h1>
${sections.join('\n') || '<p>No message has been sent yet.</p>'}
</body></html>`
}

function phone(meta: Meta, messages: Message[]): string {
  const last = messages.at(-1)
  const number = meta.state.numbers.get(last?.numberId ?? '')
  const bubbles = messages.slice(-MAX_SHOWN).map((message) => {
    const buttons = message.buttons.map((text) => ` [${escaped(text)}]`).join('')
    const note = message.direction === 'in' ? '' : `<br><small>${message.status}</small>`
    return `<p class="${message.direction}">${escaped(message.text)}${buttons}${note}</p>`
  })
  return `<section><h2>${escaped(last?.person ?? '')} <small>with +${escaped(number?.display ?? '?')}</small></h2>
${bubbles.join('\n')}
<form method="post" action="/reply"><input type="hidden" name="number" value="${escaped(last?.numberId ?? '')}">
<input type="hidden" name="person" value="${escaped(last?.person ?? '')}"><label>Reply <input name="text" required></label> <button>Send</button></form></section>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
