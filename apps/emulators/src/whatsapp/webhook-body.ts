import { createHmac } from 'node:crypto'

const ESCAPED = /[<%@/]|[^\x20-\x7e]/g

/**
 * The bytes of a webhook as Meta writes them: compact, `/` as `\/`, and `<`, `%`, `@` and everything outside ASCII as
 * `\uXXXX`. A receiver that parses and writes the JSON again gets other bytes and so another signature.
 */
export function webhookBytes(payload: unknown): string {
  return JSON.stringify(payload).replace(ESCAPED, (character) => {
    if (character === '/') return '\\/'
    const code = character.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${character === '<' ? code.toUpperCase() : code}`
  })
}

/** The value of `X-Hub-Signature-256` over exactly these bytes. */
export function signature(secret: string, bytes: string): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`
}
