import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { quantile } from './check.ts'

const RATE = 200
const LIMIT_MS = 100
const WARM_UP_MS = 3_000
const CONNECTIONS = 64

/**
 * Razorpay's events at 200 a second, each when its time has come, whether or not the one before was answered: what is late
 * counts from the moment at which it was to be sent. Each event is new, of 2 KB, signed, stored and given a job.
 *
 * @returns lines to print: the answers that were not 200, and the times of the others
 */
export async function measureWebhooks(port: number, secret: string, seconds: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const body = JSON.stringify({
    entity: 'event',
    event: 'payment.captured',
    payload: { payment: { entity: { id: 'pay_bench', status: 'captured', notes: { filler: 'x'.repeat(1_850) } } } },
  })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const send = (due: number) =>
    new Promise<{ status: number; tookMs: number }>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-razorpay-signature': signature,
        'x-razorpay-event-id': randomUUID(),
      }
      const asked = request({ port, path: '/webhooks/razorpay', method: 'POST', agent, headers }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, tookMs: performance.now() - due }))
      })
      asked.on('error', reject)
      asked.end(body)
    })
  const start = performance.now()
  const sent: { due: number; answer: Promise<{ status: number; tookMs: number }> }[] = []
  while (sent.length < (RATE * (WARM_UP_MS + seconds * 1_000)) / 1_000) {
    const due = start + (sent.length * 1_000) / RATE
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
    sent.push({ due, answer: send(due) })
  }
  const measured = sent.filter(({ due }) => due >= start + WARM_UP_MS)
  const answers = await Promise.all(measured.map(({ answer }) => answer))
  agent.destroy()
  const refused = answers.filter(({ status }) => status !== 200).length
  const times = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const at = (share: number) => quantile(times, share).toFixed(1)
  const late = times.filter((ms) => ms > LIMIT_MS).length
  return [
    `Razorpay's webhooks, ${RATE} a second whatever is answered, for ${seconds} s (${answers.length} events):`,
    `  p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ` +
      `${late} later than ${LIMIT_MS} ms, ${refused} not answered with 200`,
  ].join('\n')
}
