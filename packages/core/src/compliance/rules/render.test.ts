import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RULE_SET, renderText, templateParameters, WHATSAPP_TEMPLATE } from './index.ts'

const fill = (parameters: readonly string[]) =>
  WHATSAPP_TEMPLATE.body.replace(/\{\{(\d)\}\}/g, (_, at) => parameters[Number(at) - 1] ?? '')
const required = (id: string) => RULE_SET.rules.find((rule) => rule.id === id)?.requiredText?.en ?? 'missing'
const advisor = (...licences: { type: 'MFD' | 'IA' | 'RA' | 'INS'; number: string }[]) => ({
  displayName: 'Asha Rao',
  licences,
})

describe('what the recipient reads', () => {
  it('is the filled template on WhatsApp, whose parameters fill it again to the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const rendered = renderText(text, 'whatsapp', advisor({ type: 'MFD', number: 'ARN-1' }))
        const parameters = templateParameters(rendered)
        expect(fill(parameters)).toBe(rendered)
        for (const parameter of parameters) expect(parameter).not.toMatch(/[\n\t]| {4}/)
      }),
    )
  })

  it('carries tagline, ARN and the mutual-fund warning for a distributor', () => {
    const rendered = renderText('Hello', 'email', advisor({ type: 'MFD', number: '123456' }))
    expect(rendered).toBe(
      `Hello\n\nAsha Rao, ${required('DISC-MFD-TAGLINE')}, ARN-123456. ${required('DISC-W4-MF-WARNING')}`,
    )
  })

  it('carries the SEBI registration and both statutory texts for an adviser', () => {
    const rendered = renderText('Hello', 'linkedin', advisor({ type: 'IA', number: 'INA000012345' }))
    for (const part of ['INA000012345', required('DISC-W1-WARNING'), required('DISC-W2-REGISTRATION')])
      expect(rendered).toContain(part)
  })

  it('does not depend on the order of the licences and says each warning once', () => {
    const ia = { type: 'IA', number: 'INA000012345' } as const
    const mfd = { type: 'MFD', number: 'ARN-1' } as const
    expect(renderText('x', 'email', advisor(ia, mfd))).toBe(renderText('x', 'email', advisor(mfd, ia)))
    expect(renderText('x', 'email', advisor(ia, mfd)).split(required('DISC-W1-WARNING')).length).toBe(2)
  })

  it('refuses parameters of a text that was not rendered for WhatsApp', () => {
    expect(() => templateParameters('Message from somebody')).toThrow()
  })
})
