import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** Below this a body gains nothing from compression. */
const MIN_LENGTH = 1024
/** Of 1 to 9; higher ones cost more than they save on JSON of this size. */
const LEVEL = 4

/** Whether the client asked for gzip by name and did not rule it out. */
const asksForGzip = (accepted: string) => /(^|,)\s*gzip\s*(;\s*q=(0\.0*[1-9]\d*|1(\.0*)?))?\s*(,|$)/i.test(accepted)

/** The body in gzip for a client that asks for it, made off the event loop; null where it should go out as it is. */
export function gzipped(text: string, accepted: string | undefined): Promise<Uint8Array<ArrayBuffer>> | null {
  if (text.length < MIN_LENGTH || accepted === undefined || !asksForGzip(accepted)) return null
  return compress(text, { level: LEVEL })
}
