import { Hono } from 'hono'

/**
 * Stands where Razorpay will stand. Until billing is built it plays no part and says so in the vendor's own form of
 * error: 401 without Basic credentials, else 400.
 */
export function createRazorpayApp(): Hono {
  const app = new Hono()
  app.all('*', (c) => {
    const signedIn = /^Basic [A-Za-z0-9+/]+=*$/.test(c.req.header('authorization') ?? '')
    return signedIn
      ? c.json(problem('This double of Razorpay does not play billing yet.'), 400)
      : c.json(problem('Authentication failed'), 401)
  })
  return app
}

const problem = (description: string) => ({
  error: { code: 'BAD_REQUEST_ERROR', description, source: 'NA', step: 'NA', reason: 'NA', metadata: {} },
})
