import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const SKIPPED = /^(node_modules|\.git|dist|\.data.*|\.turbo)$/

/** Paths of the files under a folder of the work tree, relative to `root`, without what is installed or built. */
export function sourceFiles(root: string, folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : sourceFiles(root, path, ending)
    return entry.isFile() && ending.test(entry.name) ? [path] : []
  })
}
