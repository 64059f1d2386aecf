import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Witness } from './witness.ts'

/** A checkpoint and its proof are a few kilobytes. */
const MAX_BODY = 64 * 1024

/** `POST /add-checkpoint` (C2SP tlog-witness), `GET /checkpoint` (the last one), `GET /key`. */
export function serve(witness: Witness): Server {
  const server = createServer((request, response) => {
    respond(witness, request, response).catch(() => response.destroy())
  })
  server.requestTimeout = 10_000
  return server
}

async function respond(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
    response.writeHead(status, { 'content-type': type }).end(text)
  const route = `${request.method} ${request.url}`
  if (route === 'GET /key') answer(200, `${witness.verifierKey}\n`)
  else if (route === 'GET /checkpoint') answer(witness.lastNote() === null ? 404 : 200, witness.lastNote() ?? '')
  else if (route === 'POST /add-checkpoint') {
    const body = await readBody(request)
    if (body === null) return void answer(413, 'too large\n')
    const { status, text } = await witness.addCheckpoint(body)
    answer(status, text, status === 409 ? 'text/x.tlog.size' : undefined)
  } else answer(404, 'there is nothing here\n')
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > MAX_BODY) return null
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}
