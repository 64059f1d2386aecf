#!/bin/sh
# Every night, as the user of PostgreSQL: a backup (full on Sundays), then every file in the repository is read. Ends with
# another status than 0, and says why, when anything is wrong: let the timer that runs it raise an alarm then.
set -eu
stanza=${1:-pramaan}

type=incr
if [ "$(date -u +%u)" = 7 ]; then type=full; fi
pgbackrest --stanza="$stanza" check
pgbackrest --stanza="$stanza" --type="$type" backup

# verify ends with 0 whatever it finds: what it says counts.
report=$(pgbackrest --stanza="$stanza" --output=text --verbose verify)
echo "$report"
if ! echo "$report" | grep -q '^ *status: ok' || echo "$report" | grep -q 'status: error'; then
  echo "the backup of $stanza is damaged" >&2
  exit 1
fi
