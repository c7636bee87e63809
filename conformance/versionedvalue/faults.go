package versionedvalue

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ What, Key, Value, Choice, Other uint8 }

// walk lets the core take random steps, many of which it must refuse.
func walk(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("walk", run.Seed), func(rec *trace.Recorder) error {
		w, length := &walker{script: script{Core: vv.NewCore(rec)}, gaps: run.Seed%2 == 0}, toolbox.Length(run, 140, 220)
		toolbox.Walk(&w.Script, toolbox.Workload[operation](run.Seed, length, length), vv.ErrNotAllowed, w.do)
		w.rest()
		return w.Err()
	})
}

// walker is a core with what a run must know of it.
type walker struct {
	script
	gaps bool   // between the versions
	last uint64 // the newest that was taken
}

// recent is one of the last few versions, or the next one.
func (w *walker) recent(choice uint8) uint64 {
	return w.last + 1 - min(w.last, uint64(choice)%5)
}

// do lets one thing happen.
func (w *walker) do(op operation) error {
	key, v := toolbox.Pick(keys, op.Key), w.recent(op.Choice)
	switch what := op.What % 64; {
	case what < 14:
		return w.tryTake(op)
	case what < 24:
		return w.Install(v)
	case what < 32:
		return w.Acknowledge(v)
	case what < 34:
		return w.Abandon(v)
	case what < 40:
		return w.Open(v)
	case what < 43:
		return w.Close(v)
	case what < 47:
		return toolbox.ErrOf(w.Read(v, key))
	case what < 50:
		return toolbox.ErrOf(w.Range(v, bound(op.Key), bound(op.Value), int(op.Other%4)+1))
	case what < 52:
		return toolbox.ErrOf(w.Changes(key, w.recent(op.Value%16+2), v))
	case what < 55:
		return w.Mark(v)
	case what < 63:
		return w.collect(op)
	}
	w.Restart()
	return nil
}

// bound is a bound of a range, open or not.
func bound(choice uint8) string { return toolbox.Pick(append([]string{""}, keys...), choice) }

// tryTake takes a version, which one in eight times is none of the next.
func (w *walker) tryTake(op operation) error {
	v := w.last + 1
	if w.gaps {
		v += uint64(op.Other % 3)
	}
	if op.Choice%8 == 0 {
		v = w.recent(op.Other)
	}
	value, expect := toolbox.Pick(append([]string{vv.Tombstone}, values...), op.Value), -1
	if op.Choice%3 == 0 {
		expect = int(w.CurrentVersion(toolbox.Pick(keys, op.Key))) + int(op.Other%4)/3
	}
	err := w.Take(v, change(toolbox.Pick(keys, op.Key), value, expect))
	if err == nil {
		w.last = v
	}
	return err
}

// collect removes what can be removed of a key, and tries the rest.
func (w *walker) collect(op operation) error {
	key := toolbox.Pick(keys, op.Key)
	for v := range w.last + 1 {
		if err := w.Remove(key, v); toolbox.Allow(err, vv.ErrNotAllowed) != nil {
			return err
		}
	}
	return nil
}
