package logs

import (
	"fmt"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// Values are all that entries say, so that an entry's place tells what it must be.
var Values = []string{"a", "b", "c", "d", "e", "f", "g"}

// At is what the entry with an index says.
func At(index uint64) string { return Values[(index-1)%uint64(len(Values))] }

// IsAt says whether an entry that was read is the one with an index.
func IsAt(index uint64, e wal.Entry) error {
	if e.Index != index || string(e.Payload) != At(index) {
		return fmt.Errorf("entry %d is %q, read as entry %d", index, e.Payload, e.Index)
	}
	return nil
}
