import type { KindCount } from './pack-parts.ts'

/** What the first page of a pack says. */
export interface PackSummary {
  readonly advisorId: string
  readonly displayName: string
  readonly recipient: string
  readonly reason: string
  readonly from: string
  readonly until: string
  readonly madeAt: string
  readonly checkpointSize: number
  readonly entries: {
    readonly firstSequence: number
    readonly lastSequence: number
    readonly found: number
    readonly expected: number
  }
  readonly kinds: readonly KindCount[]
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The page that a person opens first. No scripts, nothing from outside. */
export function indexPage(summary: PackSummary): string {
  const { entries } = summary
  const facts = [
    ['Advisor', `${summary.displayName} (${summary.advisorId})`],
    ['Made for', summary.recipient],
    ['Because', summary.reason],
    ['Period', `${summary.from} to ${summary.until}`],
    ['Made at', summary.madeAt],
    ['Checkpoint', `over ${summary.checkpointSize} entries of the log`],
    ['Entries', `numbers ${entries.firstSequence} to ${entries.lastSequence} of the advisor's own sequence`],
  ].map(([name = '', value = '']) => `<tr><th>${name}</th><td>${escaped(value)}</td></tr>`)
  const logged = { name: 'entries', found: entries.found, expected: entries.expected }
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Inspection pack</title>
<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}
th,td{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}p.mark{background:#fe9;padding:.5rem}</style>
<h1>Inspection pack</h1>
<p class="mark">This copy was made for ${escaped(summary.recipient)} at ${summary.madeAt}. The log of the advisor says so, too.</p>
<table>${facts.join('\n')}</table>
<h2>What is in it</h2>
<table><tr><th>File</th><th>Found</th><th>Expected by the log</th></tr>
${[logged, ...summary.kinds].map(countRow).join('\n')}</table>
${summary.kinds.map(gapsOf).join('')}<p>Long lists go on in <code>-2.ndjson</code> and so on. <code>entries.ndjson</code> holds every audit entry of the period,
with the entry before it and all after it, each with its proof under <code>checkpoint.txt</code>; <code>rules.ndjson</code> the
rules by which the verdicts were given. <code>completeness.json</code> says the same as this table.</p>
<p>Check it without a network: <code>pramaan verify pack.zip --keys keys.txt</code>, with the keys from the advisor's
platform and not from this file.</p>
</html>
`
}

function countRow({ name, found, expected }: Pick<KindCount, 'name' | 'found' | 'expected'>): string {
  const gap = expected === null || expected === found ? '' : ` <strong>${expected - found} missing</strong>`
  return `<tr><th>${name}.ndjson</th><td>${found}${gap}</td><td>${expected ?? 'not counted by the log'}</td></tr>`
}

/** The rows that the log speaks of and that are not there, one by one. */
function gapsOf({ name, missing }: KindCount): string {
  if (missing.length === 0) return ''
  const items = missing.map(({ entry, object }) => `<li>entry number ${entry}, about ${escaped(object)}</li>`)
  return `<h3>Missing of ${name}.ndjson</h3>\n<ul>${items.join('\n')}</ul>\n`
}
