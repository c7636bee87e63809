package writeaheadlog

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// loop is for those who use the core with a loop of their own: it tries whatever
// comes to its mind, also what the log never does, such as a flush in the middle
// of recovery, and mostly what the core must refuse.
func loop(_ context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("loop", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	made, err := newSystem(rec)
	if err != nil {
		return err
	}
	s := made.(*system)
	defer func() { err = errors.Join(err, s.Close()) }()
	const tries = 400
	for _, op := range workload(run.Seed, tries, tries) {
		if err := s.try(op); err != nil && !errors.Is(err, conformance.ErrRefused) {
			return err
		}
	}
	return nil
}

// often are the steps that are tried, each as often as it stands here.
var often = []string{
	"Open", "Cut", "Cut", "Refuse", "Replay", "Replay", "Replay", "Serve", "Serve",
	"AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "Sync", "Sync", "Sync", "SyncFails",
	"Apply", "Apply", "Apply", "Apply", "Acknowledge", "Acknowledge", "Acknowledge", "Acknowledge", "TruncateFrom", "Close",
	"Crash", "Corrupt", "Corrupt", "Corrupt",
}

// try takes the step that an operation stands for: of the records that it may be
// about the first with which the core lets it be done, or one that does not
// matter.
func (s *system) try(op operation) error {
	step := often[int(op.Kind)%len(often)]
	about := func(name string) error {
		from, to := 0, int(s.core.Length())+2
		if op.Another%4 == 0 {
			from = int(op.Choice) % to
		}
		for n := from; n < to; n++ {
			if err := s.Do(step, map[string]trace.Value{name: n}); !errors.Is(err, conformance.ErrRefused) {
				return err
			}
		}
		return conformance.ErrRefused
	}
	switch step {
	case "Open":
		return s.Do(step, map[string]trace.Value{"policy": []string{"each", "group", "async"}[op.Choice%3]})
	case "AppendEntry":
		changes := map[string]trace.Value{}
		for i, key := range keys {
			if i == 0 || op.Keys>>i&1 == 1 {
				changes[key] = values[int(op.Values[i])%len(values)]
			}
		}
		return s.Do(step, map[string]trace.Value{"batch": changes})
	case "Sync":
		return about("upTo")
	case "Crash":
		left := max(0, int(s.core.Length())-int(op.Choice%2))
		bad := 0
		if op.Another%2 == 0 {
			bad = max(0, left-int(op.Keys%2))
		}
		return s.Do(step, map[string]trace.Value{"left": left, "bad": bad})
	}
	return about("index")
}
