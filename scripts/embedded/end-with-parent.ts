/**
 * Loaded with `--import` before a program of ours that `scripts/` start as a child: when the parent vanishes, however
 * it ends, the program gets the same SIGTERM that a supervisor sends in production, and ten seconds to obey it.
 * Programs need no code for this.
 */
const LIMIT_MS = 10_000

function end(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LIMIT_MS).unref()
  process.kill(process.pid, 'SIGTERM')
}

if (process.connected) {
  process.once('disconnect', end)
  // Listening must not keep a program alive that has nothing else to do.
  process.channel?.unref()
} else if (process.connected === false) {
  // There was a channel, and it closed before this line was reached.
  end()
}
