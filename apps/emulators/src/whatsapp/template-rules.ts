import { z } from 'zod'
import { invalid, templateProblem } from './graph-error.ts'
import type { TemplateComponent } from './state.ts'

const Button = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('QUICK_REPLY'), text: z.string().min(1).max(25) }),
  z.strictObject({
    type: z.literal('URL'),
    text: z.string().min(1).max(25),
    url: z.string().max(2_000),
    example: z.array(z.string()).optional(),
  }),
  z.strictObject({ type: z.literal('PHONE_NUMBER'), text: z.string().min(1).max(25), phone_number: z.string() }),
])

const Component = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('HEADER'),
    format: z.enum(['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT']),
    text: z.string().optional(),
    example: z
      .strictObject({
        header_text: z.array(z.string()).optional(),
        header_handle: z.array(z.string()).optional(),
      })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('BODY'),
    text: z.string(),
    example: z
      .strictObject({
        body_text: z.array(z.array(z.string())).optional(),
        body_text_named_params: z.array(z.strictObject({ param_name: z.string(), example: z.string() })).optional(),
      })
      .optional(),
  }),
  z.strictObject({ type: z.literal('FOOTER'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('BUTTONS'), buttons: z.array(Button).min(1).max(10) }),
])

/** Body of POST /{WABA}/message_templates. */
export const TemplateInput = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  parameter_format: z.enum(['POSITIONAL', 'NAMED']).default('POSITIONAL'),
  allow_category_change: z.boolean().optional(),
  components: z.array(Component).min(1),
})

/** Body of POST /{TEMPLATE_ID}. */
export const TemplateEdit = z.strictObject({
  category: TemplateInput.shape.category.optional(),
  components: TemplateInput.shape.components.optional(),
})

const MAX_BODY = 1_024
const MAX_HEADER_OR_FOOTER = 60

/** Parses a body and answers a wrong one as Meta does, by the path of its first fault. */
export function parseTemplate<T>(schema: z.ZodType<T>, body: unknown): T {
  const input = schema.safeParse(body)
  if (input.success) return input.data
  const [issue] = input.error.issues
  if (issue?.code === 'unrecognized_keys') throw invalid(`Unexpected key "${issue.keys[0]}" on the template.`)
  throw invalid(`Param ${issue?.path.join('.') || 'body'} is not valid: ${issue?.message}`)
}

/** The variables of a text in order of appearance, each once: `1` of `{{1}}`, or a name. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? ''))]
}

/**
 * Refuses what a review by machine refuses at once: no body, too long, variables out of order, at an edge or side by
 * side, and variables without examples.
 * Source: Meta, template components and error subcodes 2388040, 2388047, 2388072, 2388073 and 2388299.
 */
export function checkComponents(components: readonly TemplateComponent[], format: 'POSITIONAL' | 'NAMED'): void {
  const types = components.map((component) => component.type)
  if (new Set(types).size !== types.length) throw invalid('Each type of component can be used once.')
  const body = components.find((component) => component.type === 'BODY')
  if (!body) throw invalid('A template needs a component of type BODY.')
  checkBody(body, format)
  const header = components.find((component) => component.type === 'HEADER')
  if (header?.format === 'TEXT') checkHeader(header)
  const footer = components.find((component) => component.type === 'FOOTER')
  if (footer && ((footer.text ?? '').length > MAX_HEADER_OR_FOOTER || variablesOf(footer.text ?? '').length > 0)) {
    throw templateProblem(2388073, 'Footer format is incorrect', 'A footer has up to 60 characters and no variables.')
  }
}

function checkBody(body: TemplateComponent, format: 'POSITIONAL' | 'NAMED'): void {
  const text = body.text ?? ''
  if (text.length === 0 || text.length > MAX_BODY) {
    throw templateProblem(2388040, 'Character limit exceeded', `The body has 1 to ${MAX_BODY} characters.`)
  }
  const badFormat = (why: string) => templateProblem(2388072, 'Body format is incorrect', why)
  if (/\n{3,}|\t| {5,}/.test(text)) throw badFormat('The body has too many line breaks or spaces in a row.')
  const variables = variablesOf(text)
  if (/^\s*\{\{|\}\}\s*$/.test(text)) {
    throw templateProblem(
      2388299,
      "Variables can't be at the start or end of the template",
      'This template has variables at the start or end.',
    )
  }
  if (/\}\} ?\{\{/.test(text)) throw badFormat('Two variables stand side by side.')
  const inOrder = variables.every((name, index) =>
    format === 'NAMED' ? !/^\d+$/.test(name) : name === String(index + 1),
  )
  if (!inOrder) throw badFormat('Positional variables count up from {{1}}; named ones are words.')
  const examples =
    format === 'NAMED' ? namedExamples(body.example) : ((body.example?.body_text as string[][] | undefined)?.[0] ?? [])
  if (examples.length !== variables.length || examples.some((example) => example === '')) {
    throw badFormat('Every variable needs an example.')
  }
}

const namedExamples = (example: TemplateComponent['example']) =>
  ((example?.body_text_named_params as { example: string }[] | undefined) ?? []).map((each) => each.example)

function checkHeader(header: TemplateComponent): void {
  const text = header.text ?? ''
  const examples = (header.example?.header_text as string[] | undefined) ?? []
  const variables = variablesOf(text)
  if (
    text === '' ||
    text.length > MAX_HEADER_OR_FOOTER ||
    variables.length > 1 ||
    examples.length !== variables.length
  ) {
    throw templateProblem(
      2388047,
      'Header format is incorrect',
      'A text header has up to 60 characters and up to one variable with an example.',
    )
  }
}
