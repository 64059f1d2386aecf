/** A body for the log: its JSON where it is some, else its text; null for none. */
export function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return text
  }
}
