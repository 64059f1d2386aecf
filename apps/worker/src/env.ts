import { type CommonEnv, CommonSettings, readSettings, SELLING_NEEDS } from '@pramaan/core/platform/env'

/** The one place that reads `process.env`. @throws EnvError */
export const processEnv = (): CommonEnv =>
  readSettings(CommonSettings, process.env, ['PUBLIC_URL', 'AUDIT_ORIGIN', ...SELLING_NEEDS])
