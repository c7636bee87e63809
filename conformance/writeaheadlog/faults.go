package writeaheadlog

import (
	"errors"
	"math"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// subject is a map on a disk in memory, which goes wrong.
type subject struct {
	*logs.Harness
	m    *wal.Map
	op   logs.Operation // under way; it says how the map is opened
	hold bool
}

var subjects = logs.Subjects{
	Header: header, Node: node, Left: recordCrash,
	Create: func(h *logs.Harness) logs.Subject {
		return &subject{Harness: h, op: logs.Operation{Choice: uint8(h.Seed), Another: uint8(h.Seed)}}
	},
}

// batchOf is the batch that an operation writes.
func batchOf(op logs.Operation) *wal.Batch {
	b := new(wal.Batch)
	for i, key := range keys {
		switch v := int(op.Values[i]); {
		case op.Keys>>i&1 == 0 && (i > 0 || op.Keys%16 != 0):
		case v%4 == 0:
			b.Delete(key)
		default:
			b.Put(key, values[v%len(values)])
		}
	}
	return b
}

// Work writes.
func (s *subject) Work() error {
	for _, op := range toolbox.Workload[logs.Operation](1, 16, 16) {
		if err := s.submit(op); err != nil {
			return err
		}
	}
	return nil
}

// Open opens the map under a policy of the operation's choice.
func (s *subject) Open() (err error) {
	s.hold = s.op.Another%4 == 0
	s.m, err = wal.OpenMap(file, wal.Options{
		Policy:        toolbox.Pick(policies, s.op.Choice),
		FlushInterval: math.MaxInt64, // as far as it depends on time, never
		Preallocate:   toolbox.Pick([]int64{-1, 300, 3000}, s.op.Another),
		MaxBuffer:     512,
		Hold:          s.hold,
		FS:            s.Disk, Trace: s.Rec, Node: node,
	})
	return err
}

// Do does one thing, and looks.
func (s *subject) Do(op logs.Operation) {
	s.op = op
	switch op.Kind % 20 {
	case 0:
		s.write(op)
		s.Must(s.sync())
	case 1:
		s.close()
		s.Must(s.Start())
	case 2, 3:
		s.Crash(op)
	case 4, 5, 6, 7:
		s.Prepare(op, file)
		for range 3 {
			s.Allow(s.submit(op), wal.ErrPoisoned)
		}
		s.Allow(s.sync(), wal.ErrPoisoned)
		s.Crash(op)
	case 8, 9, 10:
		s.truncate(op)
	case 11, 12:
		s.applyTo(op)
	default:
		s.write(op)
	}
	if s.Err() == nil {
		s.Look()
	}
}

// Look holds what the log says of itself, and the whole map, against the trace.
func (s *subject) Look() {
	now := s.m.Log().Status()
	for field, value := range map[string]uint64{"length": now.Appended, "synced": now.Synced, "applied": now.Applied, "acked": now.Acknowledged} {
		s.Told("Status: "+field, toolbox.Shows(field, int(value)))
	}
	values := map[string]trace.Value{}
	for key, value := range s.m.All() {
		if got, ok := s.m.Get(key); !ok || got != value {
			value = "Get: " + got
		}
		values[key] = value
	}
	s.Check(s.m.Len() == len(values), "Len is %d, and All has %d keys", s.m.Len(), len(values))
	s.Told("All", toolbox.Shows("store", values))
	entries := 0
	for e, err := range s.m.Log().Entries(1) {
		s.Must(err)
		entries++
		s.Check(err != nil || int(e.Index) == entries, "Entries has entry %d in place %d", e.Index, entries)
	}
	s.Told("Entries", toolbox.Shows("synced", entries))
}

// told holds against the trace what a method has returned, which must hold if all went well,
// or ErrPoisoned.
func (s *subject) told(err error, what string, holds func(state *trace.Record) bool) error {
	switch {
	case err == nil:
		s.Told(what+" has returned", holds)
	case errors.Is(err, wal.ErrPoisoned):
		s.Told("ErrPoisoned", toolbox.Shows("mode", "poisoned"))
	}
	return err
}

// write writes a batch, with or without waiting for it. A log that holds back what
// it should apply cannot be waited for.
func (s *subject) write(op logs.Operation) {
	if s.hold || op.Another%2 == 0 {
		s.Must(s.submit(op))
		return
	}
	s.Must(s.told(s.m.Write(batchOf(op)), "Write", logs.Reaches("acked")))
}

func (s *subject) submit(op logs.Operation) error {
	t, err := s.m.Submit(batchOf(op))
	return s.told(err, "Submit", toolbox.Shows("length", int(t.Index)))
}

func (s *subject) sync() error { return s.told(s.m.Log().Sync(), "Sync", logs.Reaches("synced")) }

func (s *subject) close() { s.Must(s.told(s.m.Close(), "Close", toolbox.Shows("mode", "down"))) }

// applyTo lets some more entries be applied, flushed or not.
func (s *subject) applyTo(op logs.Operation) {
	if op.Another%2 == 0 {
		s.Must(s.sync())
	}
	index := s.m.Log().Status().Applied + uint64(op.Choice%3)
	s.Must(s.told(s.m.Log().ApplyTo(index), "ApplyTo", func(state *trace.Record) bool {
		ready := "synced"
		if state.String("policy") == wal.Async.String() {
			ready = "length"
		}
		return state.Uint("applied") >= min(index, state.Uint(ready))
	}))
}

// truncate truncates, where that is allowed and where it is not.
func (s *subject) truncate(op logs.Operation) {
	now := s.m.Log().Status()
	if now.Appended == 0 {
		return
	}
	index := 1 + uint64(op.Choice)%now.Appended
	if s.hold && op.Another%4 > 0 && now.Appended > now.Applied {
		index = now.Applied + 1 + uint64(op.Choice)%(now.Appended-now.Applied)
	}
	err := s.m.Log().TruncateFrom(index)
	if index <= now.Applied {
		s.Refused(err, wal.ErrApplied)
		return
	}
	s.Must(s.told(err, "TruncateFrom", func(state *trace.Record) bool {
		return state.Uint("length") == index-1 && state.Uint("slots") == index-1
	}))
}

// Settle lets all be applied, and flushed, and so acknowledged.
func (s *subject) Settle() error {
	return errors.Join(s.m.Log().ApplyTo(math.MaxUint64), s.sync())
}

// Close closes the map, and lets something rot in what was flushed: the log must not
// open then, and say where.
func (s *subject) Close() {
	s.close()
	index := s.rot()
	for again := 0; again < 2 && index > 0; again++ {
		var damage *wal.DamageError
		err := s.Start()
		s.Check(errors.As(err, &damage) && damage.Index == index, "entry %d is damaged, and opening the log said: %v", index, err)
		s.Disk.Kill()
		f, err := logs.ReadFile(s.Disk, file)
		s.Must(err)
		stepCrash(s.Rec, f, f.Slots, 0) // nothing was lost: it was damaged before
	}
}

// rot damages an entry that a later one knows to be flushed, and returns its index,
// or 0 if there is none.
func (s *subject) rot() uint64 {
	f, err := logs.ReadFile(s.Disk, file)
	s.Must(err)
	known := logs.Flushed(f.Whole)
	if known == 0 {
		return 0
	}
	r := f.Whole[uint64(s.op.Choice)%known]
	at := r.Offset + int64(s.op.Another)%(logs.RecordHeader+int64(len(r.Payload)))
	s.Must(s.Disk.Rot(file, at, 1<<(s.op.Kind%8)))
	f, err = logs.ReadFile(s.Disk, file)
	s.Must(err)
	stepCorrupt(s.Rec, f, r.Index)
	return r.Index
}
