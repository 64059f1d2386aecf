import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createLog, type Log } from '../src/platform/log.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder for all that is logged in this run. At its end the logs are searched for secrets. */
    captured: string
  }
}

/** The product's log, at its most talkative, into the folder of the run. */
export const capturedLog = (name: string): Log => createLog({ level: 'debug', name, file: capturedFile(name) })

/** Where a process that a test starts may write what it says. */
export const capturedFile = (name: string): string => join(inject('captured'), `${name}-${process.pid}.log`)

/** Tells the search what must not stand in any log of this run: a password, a token, an address, a number. */
export function neverLogged(...secrets: readonly unknown[]): void {
  const lines = secrets.filter((secret) => typeof secret === 'string' && secret.length >= SHORTEST)
  if (lines.length > 0) appendFileSync(join(inject('captured'), `secrets-${process.pid}`), `${lines.join('\n')}\n`)
}

/** A shorter text stands in logs by chance; codes of six digits are known by their form. */
const SHORTEST = 8
