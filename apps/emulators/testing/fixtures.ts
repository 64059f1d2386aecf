import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** The text of a file of recorded facts, such as `whatsapp/api/register.json`. */
export const fixtureText = (path: string): string => readFileSync(FOLDER + path, 'utf8')

export const fixtureNames = (folder: string): string[] => readdirSync(FOLDER + folder).sort()

/** A request and its answer as the vendor documents them. */
interface Pair {
  request: { method: string; path: string; body?: unknown }
  response: { status: number; body: unknown }
}

export const readPair = (path: string): Pair => JSON.parse(fixtureText(path))

/** Keys and types of a value, without the values; a list has the shape of its first item. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, shapeOf(held)]),
  )
}
