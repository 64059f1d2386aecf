import { known } from './graph-error.ts'
import type { Parameter, TemplateMessage } from './message-body.ts'
import type { Template, TemplateComponent } from './state.ts'
import { variablesOf } from './template-rules.ts'

/** What a person sees of a filled template. */
export interface Filled {
  text: string
  buttons: string[]
}

const MAX_FILLED_BODY = 1_024

/**
 * Puts the parameters of a message into its template.
 * @throws GraphError 132000 for a wrong count, 132012 for a wrong form, 132005 for a body that becomes too long
 */
export function fillTemplate(template: Template, message: TemplateMessage): Filled {
  const parts = new Map(message.components.filter((part) => part.type !== 'button').map((part) => [part.type, part]))
  const lines = template.components.flatMap((component) => {
    if (component.type === 'HEADER') return [fillHeader(component, parts.get('header')?.parameters ?? [])]
    if (component.type === 'BODY') return [fillBody(template, component, parts.get('body')?.parameters ?? [])]
    return component.text === undefined ? [] : [component.text]
  })
  if (parts.has('header') && !template.components.some((component) => component.type === 'HEADER')) {
    throw known(132000, 'header: number of localizable_params (1) does not match the expected number of params (0)')
  }
  return { text: lines.join('\n\n'), buttons: fillButtons(template, message) }
}

function fillHeader(component: TemplateComponent, parameters: readonly Parameter[]): string {
  if (component.format === 'TEXT') return fill('header', component.text ?? '', 'POSITIONAL', parameters)
  const wanted = component.format?.toLowerCase()
  checkCount('header', parameters.length, 1)
  if (parameters[0]?.type !== wanted) {
    throw known(
      132012,
      `header: Format mismatch, expected ${component.format}, received ${parameters[0]?.type.toUpperCase()}`,
    )
  }
  return `[${wanted}]`
}

function fillBody(template: Template, component: TemplateComponent, parameters: readonly Parameter[]): string {
  const text = fill('body', component.text ?? '', template.parameterFormat, parameters)
  if (text.length > MAX_FILLED_BODY)
    throw known(132005, `body: the filled text has more than ${MAX_FILLED_BODY} characters`)
  return text
}

function fill(
  part: string,
  text: string,
  format: Template['parameterFormat'],
  parameters: readonly Parameter[],
): string {
  const variables = variablesOf(text)
  checkCount(part, parameters.length, variables.length)
  const values = new Map<string, string>()
  parameters.forEach((parameter, index) => {
    const name = format === 'NAMED' && parameter.type === 'text' ? parameter.parameter_name : String(index + 1)
    if (parameter.type !== 'text' || name === undefined || !variables.includes(name)) {
      throw known(132012, `${part}: parameter ${index + 1} is not the text of a variable of the template`)
    }
    if (/[\n\t]| {4}/.test(parameter.text)) {
      throw known(132012, `${part}: parameter ${index + 1} has a line break, a tab or more than three spaces in a row`)
    }
    values.set(name, parameter.text)
  })
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => values.get(name) ?? '')
}

function fillButtons(template: Template, message: TemplateMessage): string[] {
  const buttons = template.components.find((component) => component.type === 'BUTTONS')?.buttons ?? []
  const given = new Map(message.components.filter((part) => part.type === 'button').map((part) => [part.index, part]))
  for (const [index, part] of given) {
    const kind = buttons[index]?.type.toLowerCase()
    if (kind !== part.sub_type) throw known(132012, `button: there is no button of type ${part.sub_type} at ${index}`)
  }
  buttons.forEach((button, index) => {
    const variables = variablesOf(button.url ?? '').length
    if (button.type === 'URL') checkCount('button', given.get(index)?.parameters.length ?? 0, variables)
  })
  return buttons.map((button) => button.text)
}

function checkCount(part: string, found: number, wanted: number): void {
  if (found === wanted) return
  throw known(
    132000,
    `${part}: number of localizable_params (${found}) does not match the expected number of params (${wanted})`,
  )
}
