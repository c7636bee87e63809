package lowwatermark

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/internal/failure"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// Entry is one update, as the log has it. Its payload is valid during the call.
type Entry = segmentedlog.Entry

// Machine is a state that updates change. The same updates must lead to the same state.
// A store calls one method at a time.
type Machine interface {
	// Apply changes the state.
	Apply(Entry)
	// Snapshot returns the state as bytes, which later updates leave alone. Updates wait
	// meanwhile.
	Snapshot() []byte
	// Restore sets the state to that of a snapshot. It is called once at most, on a new
	// Machine. The bytes are those that Snapshot returned.
	Restore(state []byte) error
}

// Traced is a Machine whose steps can be recorded.
type Traced interface {
	Machine
	Size() int    // how many updates are in the state
	Last() string // the payload of the last one
}

// CoreConfig is what a Core is made with.
type CoreConfig struct {
	FS          disk.FS
	Dir         string
	Machine     Machine         // new
	MaxEntry    int             // the longest payload it takes, in bytes
	Preallocate int64           // bytes by which the open segment's file grows at a time, if positive
	Salt        func() uint32   // for a new file of the log; nil: always 0
	Trace       *trace.Recorder // nil to record nothing; else Machine is Traced, and payloads are text
	Node        string          // how the trace calls this store
}

// mode is where a store is in its life.
type mode string

const (
	down       mode = "down"
	recovering mode = "recovering"
	up         mode = "up"
	refused    mode = "refused"
)

// Core is the store without goroutines, locks and clock: a method for each step of the
// spec, and one for each of its rules. A step that the present state does not allow
// returns ErrNotAllowed and changes nothing. A failure of the log or of a folder ends the
// core's work: to the spec this is the beginning of a Crash.
//
// Only one goroutine at a time may use a Core, except that Flush.Do and Snapshot.Write
// may run beside it.
type Core struct {
	config CoreConfig
	log    *segmentedlog.Core

	mode      mode
	applied   uint64
	snapshots []uint64 // the indexes of those that are durable, oldest first
	taking    *Snapshot
	holders   map[string]uint64
	aged      uint64

	replay  *segmentedlog.Reader // during recovery
	pending []Entry              // appended and not applied
	work    failure.State
}

// NewCore returns a store that is down. Open is its first step.
func NewCore(config CoreConfig) (*Core, error) {
	if _, ok := config.Machine.(Traced); config.Trace != nil && !ok {
		return nil, fmt.Errorf("low-water mark: to record its steps, a %T must have the methods of Traced", config.Machine)
	}
	log := segmentedlog.NewCore(segmentedlog.CoreConfig{
		FS: config.FS, Dir: filepath.Join(config.Dir, "log"), MaxEntry: config.MaxEntry,
		Preallocate: config.Preallocate, Salt: config.Salt,
	})
	work := failure.State{Log: "low-water mark", NotAllowed: ErrNotAllowed, Damaged: ErrDamaged, Poisoned: ErrPoisoned}
	return &Core{config: config, log: log, mode: down, holders: map[string]uint64{}, work: work}, nil
}

// The rules.

// MayApply says whether an entry may be applied: only a durable one. A snapshot that has
// others would be newer than its log after a crash.
func (c *Core) MayApply(index uint64) bool { return index <= c.log.Synced() }

// SnapshotIndex is the index of a snapshot that is taken now: that of the last entry in
// the state, and not in the log.
func (c *Core) SnapshotIndex() uint64 { return c.applied }

// MayName says whether a snapshot's file may get its name: all of it is durable.
func (c *Core) MayName() bool { return c.taking.flushed }

// MayRemove says whether a snapshot is not needed: two newer ones are kept.
func (c *Core) MayRemove(index uint64) bool {
	newer := 0
	for _, other := range c.snapshots {
		if other > index {
			newer++
		}
	}
	return newer >= 2
}

// SnapshotBound is up to where snapshots replace the log: the older of the two.
func (c *Core) SnapshotBound() uint64 { return c.snapshots[0] }

// HolderBound is up to where no holder needs the log.
func (c *Core) HolderBound() uint64 {
	bound := c.log.Length()
	for _, from := range c.holders {
		bound = min(bound, from-1)
	}
	return bound
}

// Mark is the low-water mark, of a store with two snapshots: no entry up to it is needed.
// The retention time overrides holders, which can begin anew with a snapshot, but never the
// snapshot.
func (c *Core) Mark() uint64 { return min(c.SnapshotBound(), max(c.aged, c.HolderBound())) }

// MayDrop says whether the oldest of several segments may be removed: its last entry is
// not above the mark.
func (c *Core) MayDrop() bool { return c.hasTwo() && c.log.Segments()[1].Base-1 <= c.Mark() }

// hasTwo says whether there are enough snapshots for one to be damaged.
func (c *Core) hasTwo() bool { return len(c.snapshots) >= 2 }

// MayHold says whether a holder may begin with an entry: it is still there.
func (c *Core) MayHold(index uint64) bool { return index >= c.log.First() }

// IsValid says whether a snapshot is the one that was written.
func IsValid(s *snapshot) bool { return s.sum == s.checksum() }

// MayRestore says whether the state can be rebuilt from a snapshot (0: from none): the
// log has all entries behind it.
func (c *Core) MayRestore(index uint64) bool { return index+1 >= c.log.First() }

// MayServe says whether recovery is done: all entries are applied.
func (c *Core) MayServe() bool { return c.applied == c.log.Length() }

// following is the index of the next entry to apply.
func (c *Core) following() uint64 { return max(c.applied+1, c.log.First()) }

// newest is the index of the newest snapshot, or 0.
func (c *Core) newest() uint64 {
	if len(c.snapshots) == 0 {
		return 0
	}
	return c.snapshots[len(c.snapshots)-1]
}

// Err returns the failure that has ended the core's work, if there is one: damage that was
// found, or else ErrPoisoned with its cause.
func (c *Core) Err() error { return c.work.Err() }

// step begins to record a step.
func (c *Core) step(name string) *trace.Step {
	return c.config.Trace.Step(name).String("node", c.config.Node)
}

// View adds the fields of the spec's View(node).
func (c *Core) View(o *trace.Object) {
	segments := c.log.Segments()
	o.String("mode", string(c.mode))
	o.Count("first", c.log.First()).Count("base", segments[len(segments)-1].Base).Int("segments", len(segments))
	o.Count("length", c.log.Length()).Count("synced", c.log.Synced()).Count("applied", c.applied)
	machine, last := c.config.Machine.(Traced), "none"
	if machine.Size() > 0 {
		last = machine.Last()
	}
	o.Int("size", machine.Size()).String("last", last)
	taking := cmp.Or(c.taking, new(Snapshot))
	o.Counts("snapshots", c.snapshots...).Count("taking", taking.index).Bool("flushed", taking.flushed)
	o.Record("holders", func(o *trace.Object) {
		for _, name := range slices.Sorted(maps.Keys(c.holders)) {
			o.Count(name, c.holders[name])
		}
	})
	o.Count("aged", c.aged)
}

// First, Length, Synced and Applied return the indexes of the log's oldest entry, or the one
// that will be; of its last; of the last that is known to be durable; and of the last in the
// state.
func (c *Core) First() uint64   { return c.log.First() }
func (c *Core) Length() uint64  { return c.log.Length() }
func (c *Core) Synced() uint64  { return c.log.Synced() }
func (c *Core) Applied() uint64 { return c.applied }

// Size returns how many bytes of the open segment's file are in use, or 0 if it has no
// entry.
func (c *Core) Size() int64 {
	if !c.log.MayRoll() {
		return 0
	}
	return c.log.Size()
}

// Abandon closes the files of a store that is not used any more, as the end of the process
// would. It is not a step.
func (c *Core) Abandon() error {
	var err error
	if c.replay != nil {
		err = c.replay.Close()
		c.replay = nil
	}
	return errors.Join(err, c.log.Abandon())
}

var _ trace.Viewer = (*Core)(nil)
