/**
 * What an error code of the Cloud API asks of us. The codes are Meta's ("Error codes", copy of 11 September 2026); the
 * classes are our reading of what each one is about.
 *
 * - `retry`: the vendor is busy or ill; later it may work
 * - `retry_pair`: too many messages to this one person; others go on
 * - `not_today`: a limit per person and day; trying again sooner makes it worse
 * - `recipient`: this person cannot be reached
 * - `opted_out`: this person stopped our marketing messages
 * - `window`: only a template may go out to this person now
 * - `request`: the message or its template does not fit
 * - `hold_campaign`: nothing of this campaign may go out until somebody looked
 * - `stop_account`: nothing may go out through this connection until somebody repaired it
 */
export type ErrorClass =
  | 'retry'
  | 'retry_pair'
  | 'not_today'
  | 'recipient'
  | 'opted_out'
  | 'window'
  | 'request'
  | 'hold_campaign'
  | 'stop_account'

const CODES: Record<ErrorClass, readonly number[]> = {
  retry: [1, 2, 4, 80007, 130429, 131000, 131016, 131057, 133004],
  retry_pair: [131056],
  not_today: [131049],
  recipient: [130403, 130472, 131021, 131026, 131062],
  opted_out: [131050],
  window: [131047],
  request: [
    100, 131008, 131009, 131051, 131053, 132000, 132001, 132005, 132007, 132012, 132018, 132068, 132069, 133005, 133008,
    133015, 133016,
  ],
  hold_campaign: [131048, 131061, 131063, 131064, 132015, 132016],
  stop_account: [0, 3, 10, 33, 190, 368, 130497, 131005, 131031, 131037, 131042, 131045, 133010],
}

const BY_CODE: ReadonlyMap<number, ErrorClass> = new Map(
  Object.entries(CODES).flatMap(([errorClass, codes]) =>
    codes.map((code) => [code, errorClass as ErrorClass] as const),
  ),
)

/** The class of a code; codes 200 to 299 are all about missing permissions. Null for a code that nobody told us of. */
export function errorClassOf(code: number): ErrorClass | null {
  if (code >= 200 && code <= 299) return 'stop_account'
  return BY_CODE.get(code) ?? null
}
