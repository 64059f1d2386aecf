import { createHash, timingSafeEqual } from 'node:crypto'
import { receiveWhatsappWebhook } from '@pramaan/core/delivery'
import { AppError } from '@pramaan/core/platform/errors'
import { strangersContext } from '../context.ts'
import { answer, type Handler } from '../http.ts'
import { MAX_WEBHOOK_BYTES, readBody } from '../middleware/body.ts'

/** GET /webhooks/whatsapp: Meta's handshake. Whoever knows the verify token gets its challenge back. */
export const whatsappHandshake: Handler = (call) => {
  const { 'hub.mode': mode, 'hub.verify_token': token = '', 'hub.challenge': challenge = '' } = call.c.req.query()
  const expected = call.http.deps.settings.webhookSecrets.whatsappVerifyToken
  if (mode !== 'subscribe' || !sameText(token, expected) || !/^[\w.-]{1,200}$/.test(challenge)) {
    throw new AppError('forbidden', 'The verify token is not ours.')
  }
  return answer(call, 200, challenge, { 'content-type': 'text/plain; charset=utf-8' })
}

/** POST /webhooks/whatsapp: the raw bytes and their signature go in; what they mean is decided in a job. */
export const whatsappWebhook: Handler = async (call) => {
  const rawBody = await readBody(call.incoming, MAX_WEBHOOK_BYTES)
  const signature = String(call.incoming.headers['x-hub-signature-256'] ?? '')
  await receiveWhatsappWebhook(strangersContext(call).core, { rawBody, signature })
  return answer(call, 200, '{"received":true}', { 'content-type': 'application/json; charset=utf-8' })
}

const sameText = (one: string, other: string) => timingSafeEqual(digest(one), digest(other))

const digest = (text: string) => createHash('sha256').update(text).digest()
