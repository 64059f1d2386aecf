import { z } from 'zod'
import { invalid, known } from './graph-error.ts'
import { BSUID } from './users.ts'

const Media = z.strictObject({ id: z.string().optional(), link: z.url().optional(), filename: z.string().optional() })

const Parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), parameter_name: z.string().optional() }),
  z.strictObject({ type: z.literal('payload'), payload: z.string().min(1) }),
  z.strictObject({ type: z.literal('image'), image: Media }),
  z.strictObject({ type: z.literal('video'), video: Media }),
  z.strictObject({ type: z.literal('document'), document: Media }),
])

const Component = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), parameters: z.array(Parameter) }),
  z.strictObject({ type: z.literal('body'), parameters: z.array(Parameter) }),
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.enum(['url', 'quick_reply']),
    index: z.union([z.string().regex(/^\d$/), z.number().int().min(0).max(9)]).transform(Number),
    parameters: z.array(Parameter),
  }),
])

const Envelope = {
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual').optional(),
  to: z.string().min(1).optional(),
  recipient: z.string().regex(BSUID).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
  context: z.strictObject({ message_id: z.string() }).optional(),
}

const MessageInput = z.discriminatedUnion('type', [
  z.strictObject({
    ...Envelope,
    type: z.literal('text'),
    text: z.strictObject({ body: z.string().min(1).max(4_096), preview_url: z.boolean().optional() }),
  }),
  z.strictObject({
    ...Envelope,
    type: z.literal('template'),
    template: z.strictObject({
      name: z.string().min(1),
      language: z.strictObject({ code: z.string().min(1), policy: z.literal('deterministic').optional() }),
      components: z.array(Component).default([]),
    }),
  }),
])

const ReadInput = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: z.string().min(1),
  typing_indicator: z.strictObject({ type: z.literal('text') }).optional(),
})

export type MessageInput = z.infer<typeof MessageInput>
export type TemplateMessage = Extract<MessageInput, { type: 'template' }>['template']
export type Parameter = z.infer<typeof Parameter>

/** What POST /{PN}/messages asks for: to send something, or to show an inbound message as read. */
type MessagesCall = { send: MessageInput } | { read: string }

/** Reads the body; a missing key is 131008, a wrong value 131009, a key that is not known 100. */
export function parseMessagesCall(body: unknown): MessagesCall {
  if (typeof body !== 'object' || body === null) throw invalid('The body is not a JSON object.')
  if (!('messaging_product' in body)) throw invalid('The parameter messaging_product is required.')
  if ('status' in body) return { read: read(ReadInput, body).message_id }
  // Without a type the message is text.
  const typed: Record<string, unknown> = { type: 'text', ...body }
  if (typed.type !== 'text' && typed.type !== 'template') {
    throw known(131051, 'This double plays messages of type text and template only.')
  }
  const input = read(MessageInput, typed)
  if (input.to === undefined && input.recipient === undefined) throw known(131008, 'Parameter to is required.')
  return { send: input }
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body, { reportInput: true })
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') {
    throw invalid(`Unexpected key "${issue.keys[0]}"${path ? ` on param "${path}"` : ''}.`)
  }
  if (issue?.input === undefined) throw known(131008, `Parameter ${path} is required.`)
  throw known(131009, `Parameter ${path} is not valid: ${issue.message}`)
}
