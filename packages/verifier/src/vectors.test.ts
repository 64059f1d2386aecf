import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { growingTree, hashChildren, hashLeaf, provesConsistency, provesInclusion } from './merkle.ts'
import { openNote, readCheckpoint, readVerifierKey } from './signed-note.ts'

/** Vectors made by others, which lie beside the working copy and are not ours to copy; see the README there. */
const FOLDER = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))
const read = <Shape>(name: string): Shape => JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8')) as Shape
const base64 = (text: string | null) => Buffer.from(text ?? '', 'base64')

/** The eight-leaf tree by which every RFC 6962 implementation is compared, and its roots for no leaf up to eight. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

test('the tree of RFC 6962 has the roots that everybody finds', () => {
  const tree = growingTree()
  expect(tree.root().toString('hex')).toBe(ROOTS[0])
  for (const [at, leaf] of LEAVES.entries()) {
    tree.add(hashLeaf(Buffer.from(leaf, 'hex')))
    expect(tree.root().toString('hex')).toBe(ROOTS[at + 1])
  }
  expect(hashChildren(Buffer.from('N123'), Buffer.from('N456')).toString('hex')).toBe(
    'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
  )
})

describe.skipIf(!existsSync(FOLDER))('public vectors', () => {
  test('every inclusion proof is judged as its vector says', () => {
    type Case = { leafIdx: number; treeSize: number; root: string; leafHash: string; proof: string[]; wantErr: boolean }
    const { tests } = read<{ tests: (Case & { id: string })[] }>('merkle-inclusion.json')
    expect(tests.length).toBe(98)
    for (const { id, leafIdx, treeSize, root, leafHash, proof, wantErr } of tests) {
      const path = (proof ?? []).map(base64)
      const proven = provesInclusion(base64(leafHash), BigInt(leafIdx), BigInt(treeSize), path, base64(root))
      expect([id, proven]).toEqual([id, !wantErr])
    }
  })

  test('every consistency proof is judged as its vector says', () => {
    type Case = { size1: number; size2: number; root1: string; root2: string; proof: string[]; wantErr: boolean }
    const { tests } = read<{ tests: (Case & { id: string })[] }>('merkle-consistency.json')
    expect(tests.length).toBe(98)
    for (const { id, size1, size2, root1, root2, proof, wantErr } of tests) {
      const path = (proof ?? []).map(base64)
      const proven = provesConsistency(BigInt(size1), base64(root1), BigInt(size2), base64(root2), path)
      expect([id, proven]).toEqual([id, !wantErr])
    }
  })

  test('canonical JSON is byte for byte that of RFC 8785', () => {
    const { tests } = read<{ tests: { id: string; input: string; wantUtf8Hex: string }[] }>('rfc8785-jcs.json')
    expect(tests.length).toBeGreaterThan(3)
    for (const { id, input, wantUtf8Hex } of tests) {
      expect([id, Buffer.from(canonicalJson(JSON.parse(input))).toString('hex')]).toEqual([id, wantUtf8Hex])
    }
  })

  test('signed notes, keys and checkpoints are taken and refused as the vectors say', () => {
    interface Notes {
      vkeysGood: string[]
      vkeysBad: string[]
      open: { desc: string; msg: string; keys: string[]; ok: boolean; verified?: number; unverified?: number }[]
      checkpointParse: { desc: string; body: string; ok: boolean; size?: string; origin?: string }[]
      checkpointParseOwn: { desc: string; body: string; ok: boolean; size?: string; origin?: string }[]
      cosignatureV1: { vkeysGood: string[] }
    }
    const notes = read<Notes>('signed-note.json')
    for (const key of [...notes.vkeysGood, ...notes.cosignatureV1.vkeysGood]) {
      expect(key.startsWith(readVerifierKey(key).name)).toBe(true)
    }
    const [good = ''] = notes.vkeysGood
    const cut = Array.from({ length: good.length }, (_, end) => good.slice(0, end))
    const raised = Array.from({ length: good.length }, (_, at) => {
      const bytes = Buffer.from(good)
      bytes[at] = (bytes[at] ?? 0) + 1
      return bytes.toString('latin1')
    })
    for (const key of [...notes.vkeysBad, ...cut, ...raised]) expect(() => readVerifierKey(key)).toThrow()
    for (const { desc, msg, keys, ok, verified, unverified } of notes.open) {
      const open = () => openNote(msg, keys.map(readVerifierKey))
      if (!ok) expect(open, desc).toThrow()
      else expect([desc, open().verified.length, open().unknown]).toEqual([desc, verified, unverified])
    }
    for (const { desc, body, ok, size, origin } of [...notes.checkpointParse, ...notes.checkpointParseOwn]) {
      // The Go parser does not look at the length of the root; we do.
      const rootLength = base64(body.split('\n')[2] ?? '').length
      if (!ok || rootLength !== 32) expect(() => readCheckpoint(body), desc).toThrow()
      else expect(readCheckpoint(body)).toMatchObject({ size: BigInt(size ?? -1), origin })
    }
  })

  test('a log made by Tessera holds at every one of its checkpoints', () => {
    const { vkey, entries } = read<{ vkey: string; entries: string[] }>('tessera-log/KEY.json')
    const keys = [readVerifierKey(vkey)]
    const tree = growingTree()
    for (let size = 0; size <= entries.length; size++) {
      const { text } = openNote(readFileSync(`${FOLDER}tessera-log/checkpoint.${size}`, 'utf8'), keys)
      expect(readCheckpoint(text)).toMatchObject({ size: BigInt(size), root: tree.root() })
      if (size < entries.length) tree.add(hashLeaf(entries[size] ?? ''))
    }
  })
})
