package segmentedlog

import (
	"errors"
	"math"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// subject is a log on a disk in memory, which goes wrong.
type subject struct {
	*logs.Harness
	log *segmentedlog.Log
}

var subjects = logs.Subjects{
	Header: header, Node: node, Folder: dir, Left: recordCrash,
	Create: func(h *logs.Harness) logs.Subject { return &subject{Harness: h} },
}

// Work rolls, removes and truncates.
func (s *subject) Work() error {
	next := s.log.Status().Appended
	to := func(do func(uint64) error, index uint64) func() error { return func() error { return do(index) } }
	var steps []func() error
	for range 3 {
		next += 3
		steps = append(steps, to(s.append, 3), to(s.log.Commit, next-2), s.log.Sync)
	}
	steps = append(steps, to(s.log.TruncateFrom, next-1), to(s.append, 4), s.log.Sync,
		to(s.log.Commit, math.MaxUint64), s.readAll, to(s.log.DropBefore, next-2))
	return logs.InTurn(steps...)
}

// readAll reads what may be removed next: an entry that is removed unread says nothing.
func (s *subject) readAll() error { return toolbox.ErrOf(check(s.log)) }

// Open opens the log. A segment is full with two or three entries.
func (s *subject) Open() (err error) {
	s.log, err = segmentedlog.Open(dir, segmentedlog.Options{
		SegmentSize: 110, MaxBuffer: 150, Preallocate: []int64{-1, 70}[s.Crashes%2], Hold: true,
		IndexInterval: 1, FS: s.Disk, Trace: s.Rec, Node: node,
	})
	return err
}

// Do does one thing.
func (s *subject) Do(op logs.Operation) {
	now := s.log.Status()
	switch op.Kind % 20 {
	case 0:
		s.Look()
		s.Close()
		s.Must(s.Start())
	case 1, 2:
		s.Crash(op)
	case 3, 4, 5, 6:
		s.Must(s.readAll())
		s.fail(op)
	case 7, 8:
		n := s.Rec.Counted(now.Appended)
		s.truncate(now.Appended - n + 1 + uint64(op.Choice)%(n+1))
	case 9:
		s.Must(s.readAll())
		s.Must(s.log.DropBefore(now.First + uint64(op.Choice)%8))
	case 10, 11, 12:
		s.Must(s.log.Commit(now.Acknowledged + uint64(op.Choice)%4))
	case 13:
		s.Must(s.log.Roll())
	case 14:
		s.Look()
	case 15, 16:
		s.Must(s.log.Sync())
		s.Told("Sync has returned", logs.Reaches("synced"))
	default:
		s.Must(s.append(1 + uint64(op.Choice%2)))
	}
}

func (s *subject) append(n uint64) error {
	for range n {
		t, err := s.log.Submit(0, []byte(logs.At(s.log.Status().Appended+1)))
		if err != nil {
			return err
		}
		s.Told("Submit's index", toolbox.Shows("length", int(s.Rec.Counted(t.Index))))
	}
	return nil
}

// truncate truncates, where that is allowed and where it is not.
func (s *subject) truncate(index uint64) {
	err := s.log.TruncateFrom(index)
	if index <= s.log.Status().Acknowledged {
		s.Refused(err, segmentedlog.ErrAcknowledged)
		return
	}
	s.Must(err)
	s.Told("TruncateFrom has returned", func(state *trace.Record) bool {
		return state.Uint("length") <= s.Rec.Counted(index-1) && !state.Bool("torn")
	})
}

// Look reads everything, and what the log says of itself.
func (s *subject) Look() {
	now, counted := s.log.Status(), s.Rec.Counted
	s.Told("Status", func(state *trace.Record) bool {
		return state.Uint("length") == counted(now.Appended) && state.Uint("synced") == counted(now.Synced) &&
			state.Uint("acked") == counted(now.Acknowledged) && state.Int("count") == now.Segments
	})
	last, err := check(s.log)
	s.Must(err)
	s.Check(last == now.Acknowledged, "%d of %d entries were read", last, now.Acknowledged)
	for _, err := range s.log.Entries(now.First - 1) {
		s.Check(now.First == 1 || errors.Is(err, segmentedlog.ErrDropped), "reading what was dropped: %v", err)
		break
	}
}

// Settle commits and flushes everything.
func (s *subject) Settle() error { return errors.Join(s.log.Commit(math.MaxUint64), s.log.Sync()) }

// Close closes the log.
func (s *subject) Close() {
	s.Must(s.log.Commit(math.MaxUint64))
	s.Must(s.log.Close())
	s.Told("Close has returned", toolbox.Shows("mode", "down"))
}

// fail lets the disk fail, and starts again.
func (s *subject) fail(op logs.Operation) {
	all, err := s.Disk.List(dir)
	s.Must(err)
	s.Prepare(op, filepath.Join(dir, all[len(all)-1]))
	for range 2 {
		s.Allow(errors.Join(s.append(2), s.log.Sync()), segmentedlog.ErrPoisoned)
	}
	if op.Choice%2 == 0 {
		now := s.log.Status()
		s.Allow(s.log.TruncateFrom(now.Acknowledged+1), segmentedlog.ErrPoisoned)
		s.Allow(s.log.DropBefore(now.Acknowledged), segmentedlog.ErrPoisoned)
	}
	s.Crash(op)
}
