package versionedvalue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// goroutines lets writers, readers and a collector work at once, in two incarnations.
// The second begins with the image of the first.
func goroutines(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("goroutines", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		u := &users{rec: rec, answers: answers}
		image := &vv.Image{}
		for incarnation := range int64(2) {
			o := vv.Options{Image: image, Trace: rec}
			if before := toolbox.CountFrom(rec, run.Seed); before > 0 {
				o.Source = clock(before)
			}
			var err error
			if u.store, err = vv.Open(o); err != nil {
				return err
			}
			if err := u.work(ctx, run.Seed*2+incarnation); err != nil {
				return err
			}
			if incarnation == 1 {
				defer u.store.Quiet()
				return u.compact(operation{})
			}
			if _, err := u.store.Begin(change("a", "u", -1)); err != nil {
				return err // its writer does not live to install it
			}
			image = u.store.Image()
		}
		return nil
	})
}

// clock is a source of versions that leaves gaps. It begins high.
func clock(before uint64) vv.Source {
	var readings uint64
	return func(after uint64) uint64 {
		readings++
		return max(after, before) + 1 + readings%3
	}
}

// users are the goroutines that use a store. Whatever they are told must be in the trace
// by then.
type users struct {
	store   *vv.Store
	rec     *trace.Recorder
	answers *toolbox.Answers
}

const writers, readers = 4, 2

func (u *users) work(ctx context.Context, seed int64) error {
	return toolbox.Concurrently(writers+readers+1, func(i int) error {
		for _, op := range toolbox.Workload[operation](seed*100+int64(i), 3, 3) {
			var err error
			switch {
			case i < writers:
				err = u.write(ctx, op)
			case i < writers+readers:
				err = u.read(op)
			default:
				err = u.compact(op)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// write makes a change, conditional or not, or begins one and gives up.
func (u *users) write(ctx context.Context, op operation) error {
	ch := change(toolbox.Pick(keys, op.Key), toolbox.Pick(append([]string{vv.Tombstone}, values...), op.Value), -1)
	if op.Choice%3 == 0 {
		s := u.store.Snapshot()
		defer s.Close()
		e, err := s.Get(ch.Key)
		if toolbox.Allow(err, vv.ErrAbsent) != nil {
			return err
		}
		ch.If = vv.IfVersion(e.Version)
	}
	w, err := u.store.Begin(ch)
	if err != nil {
		return toolbox.Allow(err, vv.ErrConflict)
	}
	defer w.Abandon()
	if op.What%6 == 0 {
		return nil
	}
	err = w.Commit(ctx)
	u.answers.AfterStep(u.rec, fmt.Sprint("the write at ", w.Version()), func(step string, args, _ *trace.Record) bool {
		return step == "Acknowledge" && args.Uint("version") == u.rec.Counted(w.Version())
	})
	return err
}

// read reads all keys twice, in a snapshot at one of the last versions. The second
// round must say the same as the first.
func (u *users) read(op operation) error {
	_, newest := u.store.Versions()
	version := newest - min(u.rec.Counted(newest), uint64(op.Other%3))
	s, err := u.store.SnapshotAt(version)
	if errors.Is(err, vv.ErrCompacted) {
		u.answers.AfterStep(u.rec, fmt.Sprint(version, " is compacted"), func(_ string, _, state *trace.Record) bool {
			return state.Uint("compacted") > u.rec.Counted(version)
		})
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	first, err := u.readAll(s)
	if err != nil {
		return err
	}
	second, err := u.readAll(s)
	if err == nil && !slices.Equal(first, second) {
		err = fmt.Errorf("at %d: first %v, then %v", version, first, second)
	}
	return errors.Join(err, u.changes(toolbox.Pick(keys, op.Key), version, newest))
}

func (u *users) readAll(s *vv.Snapshot) (all []vv.Entry, err error) {
	var byKey []vv.Entry
	for _, key := range keys {
		e, err := s.Get(key)
		if toolbox.Allow(err, vv.ErrAbsent) != nil {
			return nil, err
		}
		if err == nil {
			byKey = append(byKey, e)
		} else {
			e.Deleted = true
		}
		u.answers.AfterStep(u.rec, fmt.Sprintf("%s at %d is %+v", key, s.Version(), e), func(step string, args, _ *trace.Record) bool {
			return step == "Read" && args.Uint("version") == u.rec.Counted(s.Version()) && args.String("key") == key && isAnswer(u.rec, args, e)
		})
	}
	for e, err := range s.Range("", "") {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if !slices.Equal(byKey, all) {
		return nil, fmt.Errorf("at %d: key by key %v, the range %v", s.Version(), byKey, all)
	}
	return all, nil
}

func (u *users) changes(key string, from, to uint64) error {
	all, err := u.store.Changes(key, from, to)
	if err == nil {
		u.answers.AfterStep(u.rec, fmt.Sprintf("%s from %d to %d: %v", key, from, to, all), func(step string, args, _ *trace.Record) bool {
			return step == "Changes" && args.String("key") == key && args.Uint("after") == u.rec.Counted(from) &&
				args.Uint("upTo") == u.rec.Counted(to) && areAnswers(u.rec, args, all)
		})
	}
	return err
}

// compact gives up all but the last few versions.
func (u *users) compact(op operation) error {
	_, newest := u.store.Versions()
	compacted, _ := u.store.Compact(newest - min(u.rec.Counted(newest), uint64(op.Other%4)))
	u.answers.Told(u.rec, "store", fmt.Sprint(compacted, " is compacted"), func(state *trace.Record) bool {
		return state.Uint("compacted") >= u.rec.Counted(compacted)
	})
	return nil
}
