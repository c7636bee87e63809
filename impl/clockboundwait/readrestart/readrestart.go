// Package readrestart is a map on several nodes that need not wait for their clocks, as those of
// package clockboundwait do. Each key is at one node. A write is visible at once. A read that
// meets a version which may be older than the read starts again at the version's stamp. Its spec
// is specs/clockboundwait/readrestart/ReadRestart.tla.
//
//	version, err := a.Put(ctx, "title", "Emma")
//	attempt, err := b.Ask("title")                // on any node; b's clock gives the bounds
//	entry, next, err := a.Get(attempt)            // on the node that has the key
//	for errors.Is(err, readrestart.ErrRestart) {
//		entry, next, err = a.Get(next)
//	}
//
// It promises, as long as the true time is within each interval that a Clock returns:
//
//  1. The clients of one key see a register that is linearizable.
//  2. A read starts again no more often than there are moments between its first stamp and its
//     limit.
//
// It does not promise that the stamps of two keys have the order of their writes, nor that a
// stamp which was read shows the same later: clockboundwait does. What the caller must do is as
// there.
package readrestart

import (
	"errors"
	"slices"

	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// ErrRestart means that a read met a version that may have been written before it began, or
// later. The read starts again with a greater stamp.
var ErrRestart = errors.New("read restart: the read must start again")

// Attempt is a read on its way to the node that has the key. A version in (Stamp, Limit] may have
// been written before the read began, or later.
type Attempt struct {
	From, Key    string
	Stamp, Limit uint64
	Restarts     uint64 // how often the read has started again
}

// Versions are the versions of one key, for writes that wait for no clock: a method for each
// step that the spec lets their node take. A step that is not allowed now returns
// clockboundwait.ErrNotAllowed, or ErrRestart, and changes nothing. Only one goroutine at a time
// may use it.
type Versions struct {
	key string
	rec *trace.Recorder
	all []versionedvalue.Entry // by version
}

// NewVersions returns those of a key that was never written.
func NewVersions(key string, rec *trace.Recorder) *Versions { return &Versions{key: key, rec: rec} }

// Install makes a write visible, with a reading of the clock for its stamp. ErrNotAllowed means that
// the clock has not come as far as the key's last version yet.
func (v *Versions) Install(from, value string, now cbw.Interval) (version uint64, err error) {
	stamp := StampOf(now)
	if !v.IsNewest(stamp) {
		return 0, cbw.ErrNotAllowed
	}
	v.all = append(v.all, versionedvalue.Entry{Key: v.key, Version: stamp, Value: value})
	v.step("Install").String("client", from).
		Uint("earliest", now.Earliest).Uint("latest", now.Latest).State(v)
	return stamp, nil
}

// NewAttempt begins a read, with a reading of any node's clock.
func NewAttempt(from, key string, now cbw.Interval, rec *trace.Recorder) Attempt {
	a := Attempt{From: from, Key: key, Stamp: now.Earliest, Limit: LimitOf(now)}
	rec.Step("Ask").String("node", from).String("key", key).
		Uint("earliest", now.Earliest).Uint("latest", now.Latest).State(&a)
	return a
}

// Serve answers a read with the newest version at or below its stamp. ErrRestart means that a
// version is uncertain.
func (v *Versions) Serve(a Attempt) (e versionedvalue.Entry, err error) {
	if v.uncertain(a) != 0 {
		return e, ErrRestart
	}
	e = v.Answer(a)
	v.step("Serve").String("client", a.From).Uint("answer", e.Version).State(v)
	return e, nil
}

// Answer is what Serve would return if no version were uncertain.
func (v *Versions) Answer(a Attempt) versionedvalue.Entry {
	return v.newest(func(version uint64) bool { return version <= a.Stamp })
}

// Restart returns the next attempt of a read that was not served.
func (v *Versions) Restart(a Attempt) (Attempt, error) {
	uncertain := v.uncertain(a)
	if uncertain == 0 {
		return a, cbw.ErrNotAllowed
	}
	a.Stamp, a.Limit, a.Restarts = StampAfter(a, uncertain), LimitAfter(a), a.Restarts+1
	v.rec.Step("Restart").String("node", a.From).String("key", v.key).State(&a)
	return a, nil
}

// uncertain is the newest version that is uncertain to a read, or 0.
func (v *Versions) uncertain(a Attempt) uint64 {
	return v.newest(func(version uint64) bool { return IsUncertain(a, version) }).Version
}

// last is the newest version of all, or 0.
func (v *Versions) last() uint64 { return v.newest(func(uint64) bool { return true }).Version }

// newest returns the newest version of which is holds. If there is none, it has the version 0.
func (v *Versions) newest(is func(version uint64) bool) versionedvalue.Entry {
	for _, e := range slices.Backward(v.all) {
		if is(e.Version) {
			return e
		}
	}
	return versionedvalue.Entry{Key: v.key}
}

func (v *Versions) step(name string) *trace.Step { return v.rec.Step(name).String("node", v.key) }

// View adds what the spec's View of a key has.
func (v *Versions) View(o *trace.Object) {
	o.Int("versions", len(v.all))
	o.Uint("newest", v.last())
}

// View adds what the spec's View of a client has.
func (a *Attempt) View(o *trace.Object) {
	o.Uint("stamp", a.Stamp)
	o.Uint("limit", a.Limit)
	o.Uint("restarts", a.Restarts)
}

// StampOf is the stamp of a write. The true time is not earlier.
func StampOf(now cbw.Interval) uint64 { return now.Earliest }

// IsNewest says whether a stamp is above those of all versions of the key.
func (v *Versions) IsNewest(stamp uint64) bool { return stamp > v.last() }

// LimitOf is the limit of a read. The true time is not later.
func LimitOf(now cbw.Interval) uint64 { return now.Latest }

// IsUncertain says whether a version above a read's stamp may be older than the read.
func IsUncertain(a Attempt, version uint64) bool { return a.Stamp < version && version <= a.Limit }

// StampAfter is the stamp with which a read starts again: that of the newest uncertain version.
func StampAfter(_ Attempt, uncertain uint64) uint64 { return uncertain }

// LimitAfter is its limit: the first one, so that the read ends.
func LimitAfter(a Attempt) uint64 { return a.Limit }
