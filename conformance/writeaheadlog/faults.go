package writeaheadlog

import (
	"context"
	"errors"
	"math"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// harness is a map on a disk in memory, and what goes wrong with them.
type harness struct {
	toolbox.Script
	environment
	m    *wal.Map // nil while it is down
	hold bool
	// durable is how many entries the log has known to be durable. More may
	// be; only what the log knows of may rot, because nothing else tells rot
	// from a crash.
	durable uint64
	crashes int64
	answers *toolbox.Answers
}

// operation is one thing that happens in a run.
type operation struct {
	Kind    uint8
	Keys    uint8
	Values  [4]uint8
	Choice  uint8
	Another uint8
}

// batch is the batch that an operation writes.
func (op operation) batch() *wal.Batch {
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

// inHarness records what do does, and holds what callers were told against it.
func inHarness(run conformance.Run, scenario string, do func(*harness)) error {
	return toolbox.RecordAnswers(run, header(scenario, run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		h := &harness{environment: environment{disk: disktest.New()}}
		h.rec, h.answers = rec, answers
		do(h)
		return h.Err()
	})
}

// told notes what a method of the log or the map has returned.
func (h *harness) told(what string, holds func(state *trace.Record) bool) {
	h.answers.Told(h.rec, node, what, holds)
}

// toldStatus holds what the log says of itself, and the whole map, against the trace.
func (h *harness) toldStatus() {
	s := h.m.Log().Status()
	for field, value := range map[string]uint64{"length": s.Appended, "synced": s.Synced, "applied": s.Applied, "acked": s.Acknowledged} {
		h.told("Status: "+field, toolbox.Shows(field, int(value)))
	}
	values := map[string]trace.Value{}
	for key, value := range h.m.All() {
		if got, ok := h.m.Get(key); !ok || got != value {
			value = "Get: " + got
		}
		values[key] = value
	}
	h.Check(h.m.Len() == len(values), "Len is %d, and All has %d keys", h.m.Len(), len(values))
	h.told("All", toolbox.Shows("store", values))
	entries := 0
	for e, err := range h.m.Log().Entries(1) {
		h.Must(err)
		entries++
		h.Check(err != nil || int(e.Index) == entries, "Entries has entry %d in place %d", e.Index, entries)
	}
	h.told("Entries", toolbox.Shows("synced", entries))
}

// toldPoisoned expects nil or ErrPoisoned, and holds the latter against the trace.
func (h *harness) toldPoisoned(err error) {
	h.Allow(err, wal.ErrPoisoned)
	if errors.Is(err, wal.ErrPoisoned) {
		h.told("ErrPoisoned", toolbox.Shows("mode", "poisoned"))
	}
}

// faults does random things, most of them work, and ends now and then with rot.
func faults(ctx context.Context, run conformance.Run) error {
	return inHarness(run, "faults", func(h *harness) {
		ops := toolbox.Workload[operation](run.Seed, 20, 40)
		h.Must(h.open(ops[0]))
		for _, op := range ops {
			if h.Must(ctx.Err()); h.Err() != nil {
				return
			}
			if h.do(op); h.Err() == nil {
				h.toldStatus()
			}
		}
		h.end(ops[len(ops)-1])
	})
}

// halt does the same work for all seeds, and stops the disk at an operation that
// depends on the seed.
func halt(_ context.Context, run conformance.Run) error {
	return inHarness(run, "halt", func(h *harness) {
		ops := toolbox.Workload[operation](1, 16, 16)
		policy := operation{Choice: uint8(run.Seed)}
		h.disk.HaltAfter(int(run.Seed) - 1)
		err := h.open(policy)
		h.Allow(err, disktest.ErrCrashed)
		for _, op := range ops {
			if err != nil {
				break
			}
			err = h.submit(op)
			h.toldPoisoned(err)
		}
		h.crash(operation{Choice: uint8(run.Seed / 3)})
		h.Must(h.open(policy))
		for _, op := range ops {
			h.Must(h.submit(op))
		}
		h.Must(h.m.Close())
	})
}

// open opens the map under a policy of the operation's choice.
func (h *harness) open(op operation) (err error) {
	h.hold = op.Another%4 == 0
	h.m, err = wal.OpenMap(file, wal.Options{
		Policy:        wal.Policy(op.Choice % 3),
		FlushInterval: math.MaxInt64, // as far as it depends on time, never
		Preallocate:   []int64{-1, 300, 3000}[op.Another%3],
		MaxBuffer:     512,
		Hold:          h.hold,
		FS:            h.disk, Trace: h.rec, Node: node,
	})
	if err == nil {
		h.told("Open has returned", toolbox.Shows("mode", "up"))
	}
	return err
}

// kinds are what else than writes happens, each as often as it stands here in 20.
var kinds = []func(h *harness, op operation){
	func(h *harness, op operation) { h.write(op); h.Must(h.sync()) },
	func(h *harness, op operation) { h.close(); h.Must(h.open(op)) },
	(*harness).crashAndOpen, (*harness).crashAndOpen,
	func(h *harness, op operation) { h.disk.FailSync(file); h.fail(op) },
	func(h *harness, op operation) { h.disk.ShortWrite(file, int(op.Choice)); h.fail(op) },
	func(h *harness, op operation) { h.disk.LimitSpace(int64(op.Choice) % 64); h.fail(op) },
	func(h *harness, op operation) { h.disk.HaltAfter(int(op.Another % 3)); h.fail(op) },
	(*harness).truncate, (*harness).truncate, (*harness).truncate,
	(*harness).applyTo, (*harness).applyTo,
}

// do does one thing.
func (h *harness) do(op operation) {
	if kind := int(op.Kind % 20); kind < len(kinds) {
		kinds[kind](h, op)
	} else {
		h.write(op)
	}
}

// write writes a batch, with or without waiting for it. A log that holds back what
// it should apply cannot be waited for.
func (h *harness) write(op operation) {
	if h.hold || op.Another%2 == 0 {
		h.Must(h.submit(op))
		return
	}
	h.Must(h.m.Write(op.batch()))
	h.told("Write has returned", func(state *trace.Record) bool { return state.Uint("acked") == state.Uint("length") })
	h.note()
}

func (h *harness) submit(op operation) error {
	t, err := h.m.Submit(op.batch())
	if err == nil {
		h.told("Submit's index", toolbox.Shows("length", int(t.Index)))
	}
	h.note()
	return err
}

func (h *harness) sync() error {
	defer h.note()
	err := h.m.Log().Sync()
	if err == nil {
		h.told("Sync has returned", func(state *trace.Record) bool { return state.Uint("synced") == state.Uint("length") })
	}
	return err
}

// note takes note of what the log knows to be durable.
func (h *harness) note() { h.durable = max(h.durable, h.m.Log().Status().Synced) }

func (h *harness) close() {
	h.Must(h.m.Close())
	h.told("Close has returned", toolbox.Shows("mode", "down"))
	h.m = nil
}

// applyTo lets some more entries be applied, flushed or not.
func (h *harness) applyTo(op operation) {
	if op.Another%2 == 0 {
		h.Must(h.sync())
	}
	index := h.m.Log().Status().Applied + uint64(op.Choice%3)
	h.Must(h.m.Log().ApplyTo(index))
	h.told("ApplyTo has returned", func(state *trace.Record) bool {
		ready := "synced"
		if state.String("policy") == wal.Async.String() {
			ready = "length"
		}
		return state.Uint("applied") >= min(index, state.Uint(ready))
	})
}

// truncate truncates, where that is allowed and where it is not.
func (h *harness) truncate(op operation) {
	s := h.m.Log().Status()
	if s.Appended == 0 {
		return
	}
	index := 1 + uint64(op.Choice)%s.Appended
	if h.hold && op.Another%4 > 0 && s.Appended > s.Applied {
		index = s.Applied + 1 + uint64(op.Choice)%(s.Appended-s.Applied)
	}
	err := h.m.Log().TruncateFrom(index)
	if index <= s.Applied {
		h.Refused(err, wal.ErrApplied)
		return
	}
	h.Must(err)
	h.told("TruncateFrom has returned", func(state *trace.Record) bool {
		return state.Uint("length") == index-1 && state.Uint("slots") == index-1
	})
	h.durable = min(h.durable, index-1)
}

// fail lets a fault happen that was prepared, and starts again.
func (h *harness) fail(op operation) {
	for range 3 {
		h.toldPoisoned(h.submit(op))
	}
	h.toldPoisoned(h.sync())
	h.crashAndOpen(op)
}

func (h *harness) crashAndOpen(op operation) {
	h.crash(op)
	h.Must(h.open(op))
}

// crash ends the process, or the machine with it, and records what is left.
func (h *harness) crash(op operation) {
	if h.m != nil {
		h.note()
	}
	h.crashes++
	h.disk.End(op.Choice, int64(op.Another)+h.crashes)
	if h.m != nil { // else it was not up yet
		h.m = nil
		f := h.read()
		recordCrash(h.rec, f, f.records, f.bad())
	}
}

// end closes the map, and now and then lets something rot in what was flushed: the
// log must not open then, and say where.
func (h *harness) end(op operation) {
	h.Must(h.sync())
	h.close()
	index := h.rot(op)
	for range 2 {
		if index == 0 {
			return
		}
		var damage *wal.DamageError
		err := h.open(op)
		h.Check(errors.As(err, &damage) && damage.Index == uint64(index), "entry %d is damaged, and opening the log said: %v", index, err)
		h.disk.Kill()
		f := h.read()
		recordCrash(h.rec, f, f.records, 0) // nothing was lost: it was damaged before
	}
}

// rot damages an entry that a later one knows to be flushed, and returns its index,
// or 0 if there is none.
func (h *harness) rot(op operation) int {
	f := h.read()
	known := 0
	for _, r := range f.whole[:min(int(h.durable), len(f.whole))] {
		known = max(known, r.flushed)
	}
	if known == 0 {
		return 0
	}
	r := f.whole[int(op.Choice)%known]
	at := r.offset + int64(op.Another)%(recordHeader+int64(len(r.payload)))
	h.Must(h.disk.Rot(file, at, 1<<(op.Kind%8)))
	recordRot(h.rec, h.read(), r.index)
	return r.index
}

// loop drives the core as a user with a loop of their own may: it tries any step at
// any time, also what the log never does, such as a flush in the middle of recovery,
// and mostly what the core must refuse.
func loop(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("loop", run.Seed), func(rec *trace.Recorder) error {
		made, err := newSystem(rec)
		if err != nil {
			return err
		}
		s := made.(*system)
		d := toolbox.Drive(s.Steps)
		const tries = 400
		for _, op := range toolbox.Workload[operation](run.Seed, tries, tries) {
			if s.try(d, op); d.Err() != nil {
				break
			}
		}
		return errors.Join(d.Err(), s.Close())
	})
}

// often are the steps that are tried, each as often as it stands here.
var often = []string{
	"Open", "Cut", "Cut", "Refuse", "Replay", "Replay", "Replay", "Serve", "Serve",
	"AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "AppendEntry", "Sync", "Sync", "Sync", "SyncFails",
	"Apply", "Apply", "Apply", "Apply", "Acknowledge", "Acknowledge", "Acknowledge", "Acknowledge", "TruncateFrom", "Close",
	"Crash", "Corrupt", "Corrupt", "Corrupt",
}

// try takes the step that an operation stands for: of the records that it may be
// about, the first with which the core lets it be done, or one that does not matter.
func (s *system) try(d *toolbox.Driver, op operation) {
	step := toolbox.Pick(often, op.Kind)
	args := map[string]trace.Value{}
	switch step {
	case "Open":
		args["policy"] = toolbox.Pick(policies, op.Choice).String()
	case "AppendEntry":
		changes := map[string]trace.Value{}
		for i, key := range keys {
			if i == 0 || op.Keys>>i&1 == 1 {
				changes[key] = toolbox.Pick(values, op.Values[i])
			}
		}
		args["batch"] = changes
	case "Crash":
		left := max(0, int(s.core.Length())-int(op.Choice%2))
		args["left"], args["bad"] = left, 0
		if op.Another%2 == 0 {
			args["bad"] = max(0, left-int(op.Keys%2))
		}
	default:
		from, to := 0, int(s.core.Length())+2
		if op.Another%4 == 0 {
			from = int(op.Choice) % to
		}
		for n := from; n < to && d.Err() == nil; n++ {
			if d.Try(step, map[string]trace.Value{"index": n, "upTo": n}) {
				return
			}
		}
		return
	}
	d.Try(step, args)
}
