import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { invalid } from './graph-error.ts'

/** The node server's own request and response stand behind each call, so that a fault can cut the connection. */
export interface GraphEnv {
  Bindings: HttpBindings
}

export type GraphContext = Context<GraphEnv>

/** The JSON of a body; undefined for none. */
export async function readBody(c: GraphContext): Promise<unknown> {
  const text = await c.req.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('The body is not valid JSON.')
  }
}
