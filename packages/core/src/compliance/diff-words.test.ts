import { expect, test } from 'vitest'
import { diffWords } from './diff-words.ts'

test('a diff holds both texts whole, whatever they are', () => {
  const pairs = [
    ['Assured returns of 15%.', 'Returns of 15% are assured.'],
    ['', 'New words.'],
    ['एक निश्चित लाभ।  दो', 'निश्चित लाभ।\nदो तीन'],
    [
      Array.from({ length: 3_000 }, (_, n) => `a${n}`).join(' '),
      Array.from({ length: 3_000 }, (_, n) => `b${n}`).join(' '),
    ],
  ] as const
  for (const [from, to] of pairs) {
    const diff = diffWords(from, to)
    const without = (kind: string) =>
      diff
        .filter((part) => part.kind !== kind)
        .map(({ text }) => text)
        .join('')
    expect(without('new')).toBe(from)
    expect(without('gone')).toBe(to)
  }
})
