import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

const MANIFEST = 'pramaan-manifest.json'

const Manifest = z.strictObject({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The segment of the write-ahead log with which a recovery has to begin. */
  firstWal: z.string(),
  files: z.record(z.string(), z.string()),
})
export type Manifest = z.infer<typeof Manifest>

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return paths.map((path) => relative(folder, path)).filter((path) => path !== MANIFEST)
}

/** Writes down the SHA-256 of every file of a finished copy. */
export async function writeManifest(folder: string, facts: Omit<Manifest, 'files'>): Promise<Manifest> {
  const files: Record<string, string> = {}
  for (const path of (await filesOf(folder)).sort()) files[path] = await sha256Of(join(folder, path))
  const manifest = { ...facts, files }
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest), { mode: 0o600 })
  return manifest
}

export const readManifest = async (folder: string): Promise<Manifest> =>
  Manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')))

/**
 * Reads every byte of a backup again.
 *
 * @throws Error that names the files that are missing, changed or too many
 */
export async function verifyBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder)
  const found = new Set(await filesOf(folder))
  const problems = [...found].filter((path) => !(path in manifest.files)).map((path) => `${path} does not belong here`)
  for (const [path, hash] of Object.entries(manifest.files)) {
    if (!found.has(path)) problems.push(`${path} is missing`)
    else if ((await sha256Of(join(folder, path))) !== hash) problems.push(`${path} was changed`)
  }
  if (problems.length > 0) throw new Error(`the backup ${folder} is corrupt: ${problems.slice(0, 20).join('; ')}`)
  return manifest
}

/** Segments of 16 MB, numbered on over the timelines: 256 of them make up one "log". */
const SEGMENT = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})$/
const numberOf = (name: string): number | null => {
  const [, log, segment] = SEGMENT.exec(name) ?? []
  return log === undefined || segment === undefined
    ? null
    : Number.parseInt(log, 16) * 256 + Number.parseInt(segment, 16)
}

/**
 * Whether the archive holds the write-ahead log without a gap from a backup's first segment to its newest.
 *
 * @returns how many segments there are
 * @throws Error that names the first segment that is missing
 */
export async function verifyWal(folder: string, firstWal: string): Promise<number> {
  const first = numberOf(firstWal)
  if (first === null) throw new Error(`${firstWal} is no segment of the write-ahead log`)
  const numbers = new Set((await readdir(folder)).map(numberOf))
  const last = Math.max(...[...numbers].filter((one) => one !== null))
  for (let number = first; number <= Math.max(last, first); number++) {
    if (numbers.has(number)) continue
    const after = number === first ? firstWal : `${number - first} segments after ${firstWal}`
    throw new Error(
      `the archive ${folder} has a gap: the segment ${after} is missing, so nothing behind it can be recovered`,
    )
  }
  return last - first + 1
}
