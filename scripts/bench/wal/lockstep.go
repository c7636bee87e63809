package main

import (
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

var lockstepSubject = subject{
	name: "lockstep",
	open: func(dir string, group bool) (log, error) {
		policy := writeaheadlog.EachEntry
		if group {
			policy = writeaheadlog.Group
		}
		l, err := openLockstep(dir, nothing{}, policy)
		if err != nil {
			return nil, err
		}
		return lockstepLog{l}, nil
	},
	read: readLockstep,
}

func openLockstep(dir string, machine writeaheadlog.StateMachine, policy writeaheadlog.Policy) (*writeaheadlog.Log, error) {
	return writeaheadlog.Open(filepath.Join(dir, "wal"), machine, writeaheadlog.Options{Policy: policy})
}

// lockstepLog needs no group in front of it.
type lockstepLog struct{ *writeaheadlog.Log }

// Append implements log.
func (l lockstepLog) Append(entry []byte) error {
	_, err := l.Log.Append(0, entry)
	return err
}

// nothing is a state machine without a state: the others have none either.
type nothing struct{}

// Apply implements writeaheadlog.StateMachine.
func (nothing) Apply(writeaheadlog.Entry) {}

// kept is a state machine that keeps the payloads.
type kept struct{ entries [][]byte }

// Apply implements writeaheadlog.StateMachine.
func (k *kept) Apply(e writeaheadlog.Entry) {
	k.entries = append(k.entries, slices.Clone(e.Payload))
}

func readLockstep(dir string) ([][]byte, error) {
	machine := &kept{}
	l, err := openLockstep(dir, machine, writeaheadlog.Group)
	if err != nil {
		return nil, err
	}
	return machine.entries, l.Close()
}
