import { Hono } from 'hono'
import {
  accountOf,
  accountView,
  deregisterNumber,
  exchangeCode,
  listNumbers,
  numberView,
  ownAccount,
  ownNumber,
  registerNumber,
  requestCode,
  revokeToken,
  subscribeApp,
  verifyCode,
} from './accounts.ts'
import { type GraphContext, type GraphEnv, readBody } from './graph-context.ts'
import { GraphError, noSuchObject, toBody, unknownPath } from './graph-error.ts'
import type { Meta } from './meta.ts'
import { callMessages } from './send-message.ts'
import { createTemplate, deleteTemplates, editTemplate, listTemplates, ownTemplate, templateView } from './templates.ts'

/** The Graph API below `/v{N}.0`: what the product calls. Anything that is not here is refused as Meta refuses it. */
export function createGraphRoutes(meta: Meta): Hono<GraphEnv> {
  const app = new Hono<GraphEnv>()
  const token = (c: GraphContext) => accountOf(meta, c.req.header('authorization'))
  const account = (c: GraphContext) => ownAccount(meta, token(c), c.req.param('id') ?? '')
  const number = (c: GraphContext) => ownNumber(meta, token(c), c.req.param('id') ?? '')

  app.get('/oauth/access_token', (c) => c.json(exchangeCode(meta, c.req.query())))

  app.post('/:id/subscribed_apps', async (c) => c.json(await subscribeApp(account(c), await readBody(c))))
  app.get('/:id/subscribed_apps', (c) => {
    const app = { id: meta.options.appId, name: 'Pramaan', link: 'https://www.facebook.com/games/' }
    const subscription = { whatsapp_business_api_data: app }
    return c.json({ data: account(c).subscribed ? [subscription] : [] })
  })
  app.delete('/:id/subscribed_apps', (c) => {
    account(c).subscribed = false
    return c.json({ success: true })
  })

  app.delete('/me/permissions', (c) => c.json(revokeToken(meta, c.req.header('authorization'))))

  app.post('/:id/message_templates', async (c) => c.json(createTemplate(meta, account(c), await readBody(c))))
  app.get('/:id/message_templates', (c) => c.json(listTemplates(meta, account(c), new URL(c.req.url))))
  app.delete('/:id/message_templates', (c) => c.json(deleteTemplates(meta, account(c), c.req.query())))

  app.get('/:id/phone_numbers', (c) => c.json(listNumbers(meta, account(c), c.req.query('fields'))))
  app.post('/:id/request_code', async (c) => c.json(requestCode(number(c), await readBody(c))))
  app.post('/:id/verify_code', async (c) => c.json(verifyCode(number(c), await readBody(c))))
  app.post('/:id/register', async (c) => c.json(registerNumber(meta, number(c), await readBody(c))))
  app.post('/:id/deregister', (c) => c.json(deregisterNumber(number(c))))
  app.post('/:id/messages', async (c) => c.json(callMessages(meta, number(c), await readBody(c))))

  app.get('/:id', (c) => c.json(view(meta, token(c), c.req.param('id'), c.req.query('fields'))))
  app.post('/:id', async (c) =>
    c.json(editTemplate(meta, ownTemplate(meta, token(c), c.req.param('id')), await readBody(c))),
  )

  app.all('*', (c) => {
    throw unknownPath(c.req.path)
  })
  app.onError((error) => {
    if (error instanceof GraphError) return refuse(meta, error)
    process.stderr.write(`${error.stack}\n`)
    return refuse(meta, new GraphError({ status: 500, code: 1, message: 'An unknown error occurred' }))
  })
  return app
}

/** One object, whatever it is: ids of numbers, accounts and templates share one space. */
function view(meta: Meta, accountId: string, id: string, fields: string | undefined) {
  if (meta.state.numbers.has(id)) return numberView(meta, ownNumber(meta, accountId, id), fields)
  if (meta.state.accounts.has(id)) return accountView(ownAccount(meta, accountId, id), fields)
  if (meta.state.templates.has(id)) return templateView(ownTemplate(meta, accountId, id), fields)
  throw noSuchObject(id)
}

function refuse(meta: Meta, { problem }: GraphError): Response {
  return Response.json(toBody(problem, meta.ids.trace()), { status: problem.status })
}
