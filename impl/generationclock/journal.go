package generationclock

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// journal keeps a holder's Record in a write-ahead log: the whole of it in each
// entry, so that a crash keeps the old one or the new one.
type journal struct {
	log  *wal.Log
	last Record // the one in the log
	err  error  // the log has something else
}

// openJournal opens the log in the named file, which is made if there is none.
func openJournal(path string, fs wal.FS) (*journal, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: no Path", ErrOption)
	}
	j := &journal{}
	log, err := wal.Open(path, j, wal.Options{Policy: wal.EachEntry, FS: fs, Preallocate: -1})
	if err != nil {
		return nil, err
	}
	if j.err != nil {
		return nil, errors.Join(j.err, log.Close())
	}
	j.log = log
	return j, nil
}

// save returns when the record is durable.
func (j *journal) save(r Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = j.log.Append(0, b)
	return err
}

// Apply implements wal.StateMachine.
func (j *journal) Apply(e wal.Entry) {
	if j.err != nil {
		return
	}
	var r Record
	err := strictjson.Unmarshal(e.Payload, &r)
	if err == nil {
		err = r.follows(j.last)
	}
	if err != nil {
		j.err = fmt.Errorf("%w: entry %d: %w", ErrRecord, e.Index, err)
		return
	}
	j.last = r
}

// follows says what is wrong with a record behind another one.
func (r Record) follows(before Record) error {
	switch {
	case r.Gen < before.Gen || r.Gen > MaxGen:
		return fmt.Errorf("number %d after %d", r.Gen, before.Gen)
	case r.Entry.Gen < before.Entry.Gen || r.Entry.Gen > r.Gen:
		return fmt.Errorf("an entry of %d after one of %d, at %d", r.Entry.Gen, before.Entry.Gen, r.Gen)
	case r.Entry.Gen == 0:
		if r.Entry != (Entry{}) {
			return errors.New("an entry without a number")
		}
		return nil
	}
	return errors.Join(checkName(r.Entry.From), checkValue(r.Entry.Value))
}
