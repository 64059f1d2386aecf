export { countFacts } from './follow-log.ts'
export { requestRecount } from './recount-days.ts'
export { report } from './report.ts'
