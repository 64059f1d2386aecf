import { RULE_SET, type Rule } from '@pramaan/core/compliance/rules'
import type { Command } from 'commander'
import { addRulesImpactCommand } from './rules-impact.ts'
import { addRulesTest } from './rules-test.ts'
import type { Terminal } from './terminal.ts'

const period = (rule: Rule): string =>
  rule.status === 'pending' ? 'pending' : `${rule.effectiveFrom ?? '...'} to ${rule.effectiveTo ?? 'open'}`

const describeRule = (rule: Rule): string =>
  [
    `${rule.id}: ${rule.title}`,
    `Family ${rule.family}, ${rule.severity}, ${rule.kind}, stage ${rule.stage}, ${period(rule)}`,
    `For ${rule.licences.join(', ')}; products ${rule.products.join(', ')}`,
    `Source (${rule.confidence} confidence): ${rule.instrument}: ${rule.clause}`,
    rule.description,
    `Hindi: ${rule.messageHi}`,
    `What to do: ${rule.advice}`,
    '',
  ].join('\n')

const addList = (rules: Command, terminal: Terminal): void => {
  rules
    .command('list')
    .description('List every rule of the pack.')
    .option('--json', 'print the pack as JSON')
    .action((options: { json?: boolean }) => {
      if (options.json === true) {
        terminal.write(`${JSON.stringify(RULE_SET, null, 2)}\n`)
        return
      }
      const lines = RULE_SET.rules.map(
        (rule) =>
          `${rule.id.padEnd(28)} ${rule.family.padEnd(22)} ${rule.severity.padEnd(7)} ${period(rule).padEnd(25)} ${rule.title}`,
      )
      terminal.write(
        `${lines.join('\n')}\n\n${RULE_SET.rules.length} rules, version ${RULE_SET.version}, digest ${RULE_SET.digest}\n`,
      )
    })
}

const addShow = (rules: Command, terminal: Terminal): void => {
  rules
    .command('show')
    .description('Show one rule with its clause and fix.')
    .argument('<id>', 'id of the rule, such as CLM-ASSURED-RETURN')
    .option('--json', 'print the rule as JSON')
    .action((id: string, options: { json?: boolean }, command: Command) => {
      const rule = RULE_SET.rules.find((candidate) => candidate.id === id.toUpperCase())
      if (rule === undefined) {
        command.error(`error: there is no rule ${id}; see pramaan rules list`)
        return
      }
      terminal.write(options.json === true ? `${JSON.stringify(rule, null, 2)}\n` : describeRule(rule))
    })
}

/**
 * Adds `pramaan rules list`, `show <id>`, `test` and `impact <pack>`; `onFailure` hears that a rule fails its examples, or
 * that candidate rules decide otherwise.
 */
export const addRulesCommand = (program: Command, terminal: Terminal, onFailure: () => void): void => {
  const rules = program.command('rules').description('Look into the rule pack, test it, and try another one.')
  addRulesTest(rules, terminal, onFailure)
  addList(rules, terminal)
  addShow(rules, terminal)
  addRulesImpactCommand(rules, terminal, onFailure)
}
