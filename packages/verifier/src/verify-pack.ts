import { createHash, verify } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import { collectFindings, type Findings, type Report } from './findings.ts'
import { packEntryChecker } from './pack-entry-checker.ts'
import { checkRules } from './pack-rules.ts'
import { type Checkpoint, openNote, readCheckpoint, type VerifierKey } from './signed-note.ts'
import type { Trust } from './verify-log.ts'
import { isWitnessed } from './witnessed.ts'
import { readZip, type ZipFiles } from './zip-reader.ts'

interface Manifest {
  packId: string
  log: string
  advisorId: string
  displayName: string
  recipient: string
  from: string
  until: string
  madeAt: string
  firstSequence: number
  lastSequence: number
  /** What is in it, besides the entries. */
  kinds: string[]
  files: { name: string; sha256: string; kind?: string; rows?: number }[]
}

/** What an approval proof is signed for. */
const PROOF_PURPOSE = 'pramaan-proof/v1'
const PACK_TITLE = 'pramaan pack v1'
/** Files that vouch for the others and cannot stand in the manifest. */
const OUTSIDE = ['manifest.json', 'signature.txt']

export interface PackReport extends Report {
  /** What the pack says it is; null when it cannot be read. */
  readonly about: Pick<Manifest, 'packId' | 'displayName' | 'recipient' | 'from' | 'until' | 'madeAt'> | null
  readonly entries: number
}

/**
 * Verifies an inspection pack by itself, without network and database: the signature over its list of files, each file,
 * the checkpoint, the proof of each entry, the numbering of the entries, and that the texts and approvals in it are those
 * that the log speaks of, and the rules those that the verdicts name. Files are read as streams.
 */
export async function verifyPack(path: string, trust: Omit<Trust, 'origin'>): Promise<PackReport> {
  const findings = collectFindings()
  let about: PackReport['about'] = null
  let entries = 0
  try {
    const files = await readZip(path)
    const manifest = await readManifest(files, trust.logKeys, findings)
    about = manifest
    await checkFiles(files, manifest, findings)
    const checkpoint = await packCheckpoint(files, manifest, trust, findings)
    if (checkpoint) {
      const checker = packEntryChecker(manifest, checkpoint, findings)
      for await (const line of linesOf(files, manifest, 'entries')) checker.check(line)
      entries = checker.end()
      for (const kind of manifest.kinds) {
        const rows = (): AsyncIterable<string> => linesOf(files, manifest, kind)
        const logged = checker.logged.get(kind)
        if (logged) await checkLogged(kind, rows(), logged, findings)
        if (kind === 'versions') await checkVersions(rows(), findings)
        if (kind === 'verdicts') await checkRules(linesOf(files, manifest, 'rules'), rows(), findings)
        if (kind === 'approvals') await checkApprovals(rows(), trust.logKeys, findings)
      }
    }
  } catch (error) {
    findings.add('malformed', error instanceof Error ? error.message : String(error))
  }
  return { ...findings.report(), about, entries }
}

async function readManifest(files: ZipFiles, keys: readonly VerifierKey[], findings: Findings): Promise<Manifest> {
  const [text, signature] = [await textOf(files, 'manifest.json'), await textOf(files, 'signature.txt')]
  try {
    const [title, sha256] = openNote(signature, keys).text.split('\n')
    if (title !== PACK_TITLE) throw new Error('not a signature over a pack')
    if (sha256 !== createHash('sha256').update(text).digest('hex')) findings.add('altered_file', 'manifest.json')
  } catch {
    findings.add('bad_signature', 'signature.txt: the list of files is not signed by a known key of the log')
  }
  return JSON.parse(text) as Manifest
}

async function checkFiles(files: ZipFiles, manifest: Manifest, findings: Findings): Promise<void> {
  for (const { name, sha256, rows } of manifest.files) {
    const digest = createHash('sha256')
    let lines = 0
    const read = files.get(name)
    if (!read) {
      findings.add('incomplete', name)
      continue
    }
    for await (const bytes of read()) {
      digest.update(bytes)
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
    }
    if (digest.digest('hex') !== sha256) findings.add('altered_file', name)
    if (rows !== undefined && rows !== lines) findings.add('incomplete', `${name}: ${lines} of ${rows} rows`)
  }
  const known = new Set([...OUTSIDE, ...manifest.files.map(({ name }) => name)])
  for (const name of files.keys()) if (!known.has(name)) findings.add('inserted', `the file ${name}`)
}

/** The checkpoint of the pack, compared with those that were kept where they are of the same size. */
async function packCheckpoint(
  files: ZipFiles,
  { log }: Manifest,
  trust: Omit<Trust, 'origin'>,
  findings: Findings,
): Promise<Checkpoint | null> {
  const note = await textOf(files, 'checkpoint.txt')
  try {
    const checkpoint = readCheckpoint(openNote(note, trust.logKeys).text)
    if (checkpoint.origin !== log) findings.add('spliced', `a checkpoint of the log ${checkpoint.origin}`)
    const where = `the checkpoint over ${checkpoint.size} entries`
    if (trust.witnessKeys.length > 0 && !isWitnessed(note, trust.witnessKeys, where, findings)) {
      findings.add('unwitnessed', where)
    }
    for (const saved of trust.savedNotes) {
      const kept = readCheckpoint(openNote(saved, [...trust.logKeys, ...trust.witnessKeys]).text)
      if (kept.size === checkpoint.size && !kept.root.equals(checkpoint.root)) {
        findings.add('forked', `what was seen at ${kept.size} entries is not what is here`)
      }
    }
    return checkpoint
  } catch {
    findings.add('bad_signature', 'checkpoint.txt')
    return null
  }
}

interface VersionRow {
  id: string
  text: string
  channel: string
  audience: string
  language: string | null
  hash: string
}

/** Every version has the text that its hash is of. That the log holds the hash is asked like that of other rows. */
async function checkVersions(rows: AsyncIterable<string>, findings: Findings): Promise<void> {
  for await (const line of rows) {
    const { id, text, channel, audience, language, hash } = JSON.parse(line) as VersionRow
    const facts = { text: text.normalize('NFC').trimEnd(), channel, audience, language, media: [] }
    const own = createHash('sha256').update(canonicalJson(facts)).digest('hex')
    if (own !== hash) findings.add('edited', `the version ${id}`)
  }
}

/** Every row is one that the log speaks of, and every one that it speaks of is there. */
async function checkLogged(
  kind: string,
  rows: AsyncIterable<string>,
  logged: ReadonlySet<string>,
  findings: Findings,
): Promise<void> {
  const missing = new Set(logged)
  for await (const line of rows) {
    const row = JSON.parse(line) as { id: string; hash?: string }
    const name = kind === 'versions' ? String(row.hash) : row.id
    if (!logged.has(name)) findings.add('inserted', `${kind}: ${row.id}, of which the log does not know`)
    missing.delete(name)
  }
  for (const name of missing) findings.add('incomplete', `${kind}: ${name} is missing`)
}

async function checkApprovals(
  rows: AsyncIterable<string>,
  keys: readonly VerifierKey[],
  findings: Findings,
): Promise<void> {
  for await (const line of rows) {
    const { id, statement, signature } = JSON.parse(line) as { id: string; statement: string; signature: string }
    const signed = Buffer.from(`${PROOF_PURPOSE}\n${statement}`)
    const holds = keys.some(({ key }) => verify(null, signed, key, Buffer.from(signature, 'base64')))
    if (!holds) findings.add('bad_proof', `the approval ${id} is not signed by a known key`)
  }
}

/** @throws Error when the pack lacks the file */
function contentOf(files: ZipFiles, name: string): AsyncIterable<Buffer> {
  const read = files.get(name)
  if (!read) throw new Error(`the pack lacks ${name}`)
  return read()
}

async function textOf(files: ZipFiles, name: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of contentOf(files, name)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The rows of a kind, from all of its files. */
async function* linesOf(files: ZipFiles, manifest: Manifest, kind: string): AsyncGenerator<string> {
  for (const file of manifest.files) if (file.kind === kind) yield* linesIn(files, file.name)
}

async function* linesIn(files: ZipFiles, name: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  for await (const chunk of contentOf(files, name)) {
    rest = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      yield rest.toString('utf8', start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
  }
  if (rest.length > 0) throw new Error(`${name} ends in the middle of a line`)
}
