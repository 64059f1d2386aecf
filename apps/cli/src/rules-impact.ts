import { setTimeout as pause } from 'node:timers/promises'
import { type ImpactReportView, RequestImpactInput, type RuleImpactView } from '@pramaan/shared'
import type { Command } from 'commander'
import { ask, type Installation, onInstallation } from './running-api.ts'
import type { Terminal } from './terminal.ts'

const POLL_MS = 500

/**
 * Adds `pramaan rules impact`: a candidate, written as a change to the rules of the installation, over everything that may
 * be sent there. `onFlips` hears that at least one text would be decided otherwise, or that there is no report.
 */
export const addRulesImpactCommand = (rules: Command, terminal: Terminal, onFlips: () => void): void => {
  const command = rules
    .command('impact')
    .description(
      'Judge everything that may be sent by candidate rules. Exit: 0 nothing turns, 1 something does, 2 usage.',
    )
    .argument('<pack>', 'JSON with version, rules, retire and concepts, or - to read it from standard input')
    .option('--json', 'print report and flips as JSON')
  onInstallation(command).action(async (file: string, options: Installation & { json?: boolean }) => {
    try {
      const text = file === '-' ? await terminal.readInput() : await terminal.readFile(file)
      const candidate = RequestImpactInput.parse(JSON.parse(text))
      const { id } = await ask<RuleImpactView>(terminal, options, '/api/admin/rule-sets', candidate)
      const { flips, impact } = await finished(terminal, options, id)
      terminal.write(
        options.json === true ? `${JSON.stringify({ impact, flips }, null, 2)}\n` : describe(impact, flips),
      )
      if (flips.length > 0) onFlips()
    } catch (error) {
      terminal.writeError(`error: ${error instanceof Error ? error.message : String(error)}\n`)
      onFlips()
    }
  })
}

async function finished(terminal: Terminal, options: Installation, id: string) {
  const read = (cursor = '') =>
    ask<ImpactReportView>(terminal, options, `/api/admin/rule-sets/${id}?limit=100${cursor}`)
  let report = await read()
  while (report.impact.state === 'running') {
    await pause(POLL_MS)
    report = await read()
  }
  const flips = [...report.flips.items]
  for (let next = report.flips.nextCursor; next !== null; ) {
    const page = await read(`&cursor=${encodeURIComponent(next)}`)
    flips.push(...page.flips.items)
    next = page.flips.nextCursor
  }
  return { flips, impact: report.impact }
}

function describe(impact: RuleImpactView, flips: ImpactReportView['flips']['items']): string {
  const lines = flips.map(
    ({ contentId, direction, from, rulesGone, rulesNew, status, to }) =>
      `${direction.padEnd(8)} ${contentId} (${status}): ${from} -> ${to ?? 'the rules failed'}` +
      `${rulesNew.map((id) => ` +${id}`).join('')}${rulesGone.map((id) => ` -${id}`).join('')}`,
  )
  const summary = `${impact.judged} texts judged, ${impact.stricter} stricter, ${impact.looser} looser. Report ${impact.id}, digest ${impact.digest}`
  return `${[...lines, summary].join('\n')}\n`
}
