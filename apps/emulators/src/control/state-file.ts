import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What a double wants to be kept, as plain JSON. */
export interface KeptState {
  snapshot(): unknown
  restore(saved: unknown): void
}

export interface StateFile {
  /** Writes what has changed since the last time; a reader never meets half a file. */
  save(): void
}

/** Keeps a double's world in a file, so that it outlives a restart, and reads it at once. */
export function openStateFile(kept: KeptState, path: string): StateFile {
  let written = ''
  if (existsSync(path)) {
    written = readFileSync(path, 'utf8')
    kept.restore(JSON.parse(written))
  }
  return {
    save() {
      const text = JSON.stringify(kept.snapshot())
      if (text === written) return
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.part`, text, { mode: 0o600 })
      renameSync(`${path}.part`, path)
      written = text
    },
  }
}
