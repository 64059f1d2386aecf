export { listEvents } from './list-events.ts'
export { listObjectEvents } from './list-object-events.ts'
