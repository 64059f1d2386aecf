import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@pramaan/core/platform/errors'
import { escapeHtml, htmlPage } from './html.ts'
import { answer, type Call, type Handler } from './http.ts'

const MAIL_FILE = /^[\w.@+=-]{1,200}\.eml$/

/** GET /dev/mail: the caught mails, newest first. Embedded mode only. */
export const mailList: Handler = async (call) => {
  const names = await mailFiles(call)
  const rows = names.map(
    (name) => `<tr><td><a href="/dev/mail/${encodeURIComponent(name)}">${escapeHtml(name)}</a></td></tr>`,
  )
  const body = rows.length ? `<table>${rows.join('\n')}</table>` : '<p>No mail has been caught yet.</p>'
  return htmlPage(call, 200, 'Caught mail', body)
}

/** GET /dev/mail/{name}: one mail, its text decoded and escaped; links to ourselves can be followed. */
export const mailView: Handler = async (call) => {
  const name = call.c.req.param('name') ?? ''
  if (!MAIL_FILE.test(name) || !(await mailFiles(call)).includes(name)) {
    throw new AppError('not_found', 'There is no such mail.')
  }
  const source = await readFile(join(mailFolder(call), name))
  const text = linked(escapeHtml(readable(source)), call.http.settings.publicUrl)
  return htmlPage(call, 200, 'Caught mail', `<p><a href="/dev/mail">All mail</a></p><pre>${text}</pre>`)
}

/** GET /dev/clock: the time that the server believes in. */
export const clock: Handler = (call) =>
  answer(call, 200, JSON.stringify({ now: call.http.deps.now().toISOString() }), {
    'content-type': 'application/json; charset=utf-8',
  })

const mailFolder = (call: Call) => join(call.http.settings.dataDir, 'mail')

async function mailFiles(call: Call): Promise<string[]> {
  try {
    const names = await readdir(mailFolder(call))
    return names
      .filter((name) => MAIL_FILE.test(name))
      .sort()
      .reverse()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The source as a person reads it: quoted-printable (RFC 2045 section 6.7) and UTF-8 undone. */
function readable(source: Buffer): string {
  const bytes = source.toString('latin1')
  if (!/^content-transfer-encoding: quoted-printable/im.test(bytes)) return source.toString('utf8')
  const plain = bytes
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1').toString('utf8')
}

function linked(escaped: string, publicUrl: string): string {
  const own = escapeHtml(publicUrl).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return escaped.replace(new RegExp(`${own}/[\\w./?=&;%~-]*`, 'g'), (url) => `<a href="${url}">${url}</a>`)
}
