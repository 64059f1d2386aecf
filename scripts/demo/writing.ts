import { createHash, createPublicKey, verify } from 'node:crypto'
import type * as Api from '@pramaan/shared'
import { staff } from './account.ts'
import type { Client } from './client.ts'
import type { Content, Page, Shape } from './shapes.ts'
import { promised, quoted, tell, underlined, waitFor } from './story.ts'

const CLEAN = 'SIP एक अनुशासित आदत है। हर महीने थोड़ी-थोड़ी बचत करें और अपने लक्ष्य पर ध्यान दें।'
const FORBIDDEN = 'Invest with me: guaranteed 15% returns every year, zero risk!'
const BORDERLINE =
  'For illustration only: ₹3,000 a month for 10 years at an assumed 10% a year comes to about ₹6.1 lakh. Markets move, and the real figure will differ.'

const PROOF_PURPOSE = 'pramaan-proof/v1'

/** Writes a text and waits until the three stages are through. */
async function submit(owner: Client, text: string, language: string) {
  tell(quoted(text))
  const body = { content: text, language, topic: 'sip', channel: 'whatsapp', audience: 'clients', submit: true }
  const { contentId } = await owner.send<Content>('POST', '/api/content', body)
  const content = await waitFor(
    'the check ends',
    () => owner.get<Api.ContentView>(`/api/content/${contentId}`),
    (now) => now.status !== 'checking',
  )
  const { items } = await owner.get<Page<Api.Verdict>>(`/api/content/${contentId}/verdicts`)
  const [verdict] = items
  promised('all three stages were run', verdict?.stages.map(({ stage }) => stage).join() === '1,2,3', items)
  if (!verdict) throw new Error('a check ended without a verdict')
  for (const { ruleId, message, clause, span, quote, advice } of verdict.findings) {
    tell(`\n${ruleId}: ${message}`)
    if (span) tell(underlined(text, span))
    tell(`Clause: ${clause}${advice ? `\nAdvice: ${advice}` : ''}`)
    promised('the finding points at its words', span === null || text.slice(span.start, span.end) === quote, {
      span,
      quote,
    })
  }
  return { content, verdict }
}

export async function submitClean(owner: Client): Promise<Api.ContentView> {
  const { content, verdict } = await submit(owner, CLEAN, 'hi')
  promised('nothing was found', verdict.outcome === 'clean' && verdict.findings.length === 0, verdict)
  promised('it is approved', content.status === 'approved', content)
  tell(`\nThis is what a recipient will read:\n${quoted(verdict.rendered.text)}`)
  return content
}

/** Verifies a proof with nothing but the published key, as an auditor would. */
export async function verifyProof(owner: Client, content: Api.ContentView, via: 'policy' | 'reviewer'): Promise<void> {
  const { proof } = await owner.get<Shape<typeof Api.ProofView>>(`/api/approvals/${content.contentId}`)
  const published = await owner.call<string>('GET', '/.well-known/pramaan-audit-key')
  const key = createPublicKey(published.body)
  const signature = Buffer.from(proof.signature, 'base64')
  const isSigned = (text: string) => verify(null, Buffer.from(`${PROOF_PURPOSE}\n${text}`), key, signature)
  promised('the signature is that of the published key', isSigned(proof.statement), proof)
  const digest = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  promised(`the key is the one that the proof names, ${proof.keyId}`, digest.startsWith(proof.keyId), digest)
  promised('one changed character breaks it', !isSigned(proof.statement.replace('whatsapp', 'whatsapq')), proof)
  const facts = JSON.parse(proof.statement) as Api.ProofStatement
  promised(
    'it covers this very version',
    facts.versionId === content.versionId && facts.versionHash === content.hash,
    facts,
  )
  promised(
    `it says who approved: ${via}`,
    facts.approvedVia === via && (via === 'policy') === (facts.approverId === null),
    facts,
  )
  promised(`it holds until ${facts.expiresAt}`, proof.valid && Date.parse(facts.expiresAt) > Date.now(), proof)
}

export async function submitForbidden(owner: Client): Promise<Api.ContentView> {
  const { content, verdict } = await submit(owner, FORBIDDEN, 'en')
  const guarantee = verdict.findings.find(({ family, span, clause }) => family === 'guarantee' && span && clause)
  promised('the promise of returns was found, with clause and place', guarantee !== undefined, verdict)
  promised('changes are required', content.status === 'changes_required', content)
  return content
}

export async function submitBorderline(owner: Client): Promise<Api.ContentView> {
  const { content, verdict } = await submit(owner, BORDERLINE, 'en')
  promised('the rules alone cannot decide', verdict.outcome === 'review' && verdict.findings.length > 0, verdict)
  promised('it waits for a reviewer', content.status === 'in_review', content)
  return content
}

export async function review(url: string, owner: Client, content: Api.ContentView): Promise<void> {
  const reviewer = await staff(url, 'reviewer')
  const asked = await findReview(reviewer, content.contentId)
  const path = `/api/reviews/${asked.id}`
  const note = 'An illustration with its assumption, and no promise.'
  const claimedByOwner = await owner.refused('POST', `${path}/claim`, {})
  const approvedByOwner = await owner.refused('POST', `${path}/approve`, { note })
  promised(
    'she can neither claim nor approve her own text',
    claimedByOwner.code === 'forbidden' && approvedByOwner.code === 'forbidden',
    [claimedByOwner, approvedByOwner],
  )
  const admin = await staff(url, 'admin')
  const approvedByAdmin = await admin.refused('POST', `${path}/approve`, { note })
  promised('an administrator cannot approve it either', approvedByAdmin.code === 'forbidden', approvedByAdmin)
  await reviewer.send('POST', `${path}/claim`, {})
  const decision = await reviewer.send<Shape<typeof Api.ReviewDecisionView>>('POST', `${path}/approve`, { note })
  promised('the reviewer claimed and approved it', decision.contentStatus === 'approved', decision)
  tell(`Note of the reviewer: ${note}`)
}

/** The queue is the oldest first, and other texts may wait in it. */
async function findReview(reviewer: Client, contentId: string): Promise<Api.ReviewView> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page<Api.ReviewView> = await reviewer.get(`/api/reviews?limit=100${next}`)
    const found = page.items.find((item) => item.contentId === contentId)
    if (found) {
      promised('it stands in the queue of the reviewers', true, found)
      return found
    }
    cursor = page.nextCursor
  }
  promised('it stands in the queue of the reviewers', false, `no review of ${contentId}`)
  throw new Error('unreachable')
}
