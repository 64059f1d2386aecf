import { Hono } from 'hono'

/** Stands where the AI model will stand. Until the AI review is built every call is refused, in OpenAI's form of error. */
export function createAiApp(): Hono {
  const app = new Hono()
  app.all('*', (c) =>
    c.json(
      {
        error: {
          message: 'This double of an AI model gives no answers yet.',
          type: 'not_implemented',
          code: 'not_implemented',
          param: null,
        },
      },
      501,
    ),
  )
  return app
}
