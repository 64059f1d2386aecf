export { canonicalJson } from './canonical-json.ts'
export { growingTree, hashLeaf, provesConsistency, provesInclusion } from './merkle.ts'
export {
  type Checkpoint,
  cosignedBytes,
  openNote,
  readCheckpoint,
  readVerifierKey,
  type VerifierKey,
} from './signed-note.ts'
