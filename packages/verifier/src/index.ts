export { canonicalJson } from './canonical-json.ts'
export { FINDING_KINDS, type Finding, type FindingKind, type Report } from './findings.ts'
export type { LoggedEntry } from './leaf-document.ts'
export { growingTree, hashLeaf, provesConsistency, provesInclusion } from './merkle.ts'
export {
  type Checkpoint,
  cosignedBytes,
  openNote,
  readCheckpoint,
  readVerifierKey,
  type VerifierKey,
} from './signed-note.ts'
export { type LogSource, type StoredLeaf, type Trust, verifyLog } from './verify-log.ts'
export { type PackReport, verifyPack } from './verify-pack.ts'
export { readZip } from './zip-reader.ts'
