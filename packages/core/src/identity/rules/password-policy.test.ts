import { expect, test } from 'vitest'
import { isCommonPassword } from '../common-passwords.ts'
import { judgePassword } from './password-policy.ts'

const context = ['asha.verma+news@verma-wealth.example', 'Asha Verma', 'Verma Advisory Services']
const judge = (password: string, minLength = 15) =>
  judgePassword(password, { minLength, isCommon: isCommonPassword, context })

test.each([
  'Correct-horse-battery-9173',
  'a long password for one demo',
  'purple monkey dishwasher lamp',
  'xK9#mQ2$vL7pR4w',
  'kaun banega crorepati dekhte hain',
  'नमस्ते दुनिया यह मेरा',
  '🐘 rides 🚲 to the 🌊 at dawn',
  'pppenny wise pound foolish',
  'verma family picnic at juhu beach',
])('ASVS 6.2.5: no kinds of characters are asked for: %j is good', (password) => {
  expect(judge(password)).toBeNull()
})

test.each([
  ['fourteen chars', 'short'],
  ['🐘🐘🐘🐘🐘🐘🐘🐘', 'short'],
  ['aaaaaaaaaaaaaaaaaaaa', 'repeated'],
  ['abababababababababab', 'repeated'],
  ['Winter24Winter24', 'repeated'],
  ['qK7!qK7!qK7!qK7!', 'repeated'],
  ['1qaz2wsx3edc4rfv', 'common'],
  ['PasswordPassword', 'repeated'],
  ['passwordstandard', 'common'],
  ['123456789012345678', 'common'],
  ['abcdefghijklmnopq', 'common'],
  ['qwertyuiopasdfgh', 'common'],
  ['password1234567!', 'common'],
  ['P@ssw0rd-12345678', 'common'],
  ['iloveyou-iloveyou-1', 'common'],
  ['sunshine2026!!!!', 'common'],
  ['Verma-Advisory-2026', 'context'],
  ['AshaVermaPramaan1', 'context'],
  ['demo-Pramaan-password', 'context'],
  ['verma-wealth.example', 'context'],
])('ASVS 6.1.2, 6.2.4, 6.2.11, 6.2.12: %j is refused: %s', (password, problem) => {
  expect(judge(password)).toBe(problem)
})

test.each([
  ['Summer24!', 'common'],
  ['monkey12', 'common'],
  ['Verma2026', 'context'],
  ['tr7!pQx9', null],
  ['seven77', 'short'],
])('ASVS 6.2.1: beside TOTP eight characters do, but not the first that anybody tries: %j', (password, problem) => {
  expect(judge(password, 8)).toBe(problem)
})

test('the list holds far more than the 3,000 passwords that ASVS 6.2.4 asks for, of a length that we take', () => {
  expect(isCommonPassword('password')).toBe(true)
  expect(isCommonPassword('1qaz2wsx3edc4rfv')).toBe(true)
  const takes = ['password', 'baseball', 'football', 'superman', 'trustno1', 'starwars', 'qwertyuiop']
  expect(takes.filter((one) => judge(one, 8) === null)).toEqual([])
})

test('the longest password is judged in no time', () => {
  const started = process.cpuUsage().user
  judge(`${'monkeydragon'.repeat(10)}x`.slice(0, 128))
  judge('ab1'.repeat(42))
  expect((process.cpuUsage().user - started) / 1000).toBeLessThan(500)
})
