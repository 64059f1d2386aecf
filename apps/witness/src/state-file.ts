import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** The one thing that a witness must not lose. */
export interface StateFile {
  read(): string | null
  /** Whole and on the disk, or not at all. */
  write(note: string): void
}

export const stateFile = (path: string): StateFile => ({
  read: () => (existsSync(path) ? readFileSync(path, 'utf8') : null),
  write(note) {
    const unfinished = `${path}.unfinished`
    const file = openSync(unfinished, 'w', 0o600)
    writeSync(file, note)
    fsyncSync(file)
    closeSync(file)
    renameSync(unfinished, path)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  },
})
