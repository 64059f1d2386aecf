export { rotateDataKeys } from './rotate-data-keys.ts'
