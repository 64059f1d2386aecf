export { countFacts } from './follow-log.ts'
export { readPlatform } from './read-platform.ts'
export { requestRecount } from './recount-days.ts'
export { report } from './report.ts'
