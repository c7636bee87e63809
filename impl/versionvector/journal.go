package versionvector

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// record is one entry of a store's log: the whole state of a key, so that a crash keeps
// the old one or the new one.
type record struct {
	Key    string `json:"key"`
	State  State  `json:"state"`
	Latest Vector `json:"latest,omitempty"` // the incarnations that it knows of other replicas
}

// journal keeps the states of all keys in a write-ahead log.
type journal struct {
	log  *wal.Log
	kept map[string]record // by key: what Open has found
	err  error             // the log has something else
}

// openJournal opens the log in the named file, which is made if there is none.
func openJournal(path string, fs wal.FS) (*journal, error) {
	j := &journal{kept: map[string]record{}}
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

// save returns when the state of a key is durable, and what is known of incarnations.
func (j *journal) save(key string, s State, latest Vector) error {
	b, err := json.Marshal(record{key, s, latest})
	if err != nil {
		return err
	}
	_, err = j.log.Append(0, b)
	return err
}

// Apply implements wal.StateMachine. What is appended later is in memory already.
func (j *journal) Apply(e wal.Entry) {
	if j.log != nil || j.err != nil {
		return
	}
	var r record
	err := strictjson.Unmarshal(e.Payload, &r)
	if err == nil {
		err = errors.Join(checkKey(r.Key), r.State.check(), r.Latest.check())
	}
	if err != nil {
		j.err = fmt.Errorf("%w: entry %d: %w", ErrRecord, e.Index, err)
		return
	}
	j.kept[r.Key] = r
}
