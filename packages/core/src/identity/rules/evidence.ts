import type { EvidenceType } from '@pramaan/shared'

const SIGNATURES: Record<Exclude<EvidenceType, 'reference'>, readonly number[]> = {
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d],
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
}

/** Whether a document begins as its kind must; what somebody calls it counts for nothing. */
export const isOfType = (document: Buffer, type: Exclude<EvidenceType, 'reference'>): boolean => {
  const signature = SIGNATURES[type]
  return signature.every((byte, index) => document[index] === byte)
}
