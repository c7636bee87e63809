package segmentedlog

import (
	"errors"

	"github.com/lockstep-tla/lockstep/impl/internal/failure"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// Entry is one entry of the log. Its payload is valid until the next one is read.
type Entry = wal.Entry

// CoreConfig is what a Core is made with.
type CoreConfig struct {
	FS            wal.FS
	Dir           string
	MaxEntry      int             // the longest payload it takes, in bytes
	Preallocate   int64           // how many bytes the open segment's file grows by at a time, if positive
	IndexInterval int64           // of positions in memory, in bytes; 0: 64 KiB
	Salt          func() uint32   // for a new file; nil: always 0
	Trace         *trace.Recorder // nil to record nothing; else payloads must be text
	Node          string          // how the trace calls this log
}

// mode is where a log is in its life.
type mode string

const (
	down       mode = "down"
	recovering mode = "recovering"
	up         mode = "up"
	refused    mode = "refused"
)

// Core is the log without goroutines, locks and clock: a method for each step of the spec, and
// one for each of its rules. A step that the present state does not allow returns
// ErrNotAllowed and changes nothing. A failure of the disk ends the core's work, and each
// later step returns it: to the spec this is the beginning of a Crash.
//
// Only one goroutine at a time may use a Core, except that Flush.Do may run beside it.
type Core struct {
	config CoreConfig

	segments  []Segment                 // in order; the files in the folder
	file      *wal.Core                 // of the open segment
	next      *wal.Core                 // of the one that a roll has made and flushed
	positions map[uint64]*wal.Positions // of each segment, by number; a sealed one's grow as it is read

	mode     mode
	open     uint64 // the number of the open segment
	length   uint64
	synced   uint64
	acked    uint64
	torn     bool // truncated entries are still in the file
	cuts     int  // how often entries were cut off; readers must not go by what they have buffered
	work     failure.State
	inFlight Flush
}

// NewCore returns a log that is down. Open is its first step.
func NewCore(config CoreConfig) *Core {
	work := failure.State{Log: "segmented log", NotAllowed: ErrNotAllowed, Damaged: ErrDamaged, Poisoned: ErrPoisoned}
	return &Core{config: config, mode: down, work: work}
}

// The rules.

// NextBase is the base of a new segment: the index behind the last entry.
func (c *Core) NextBase() uint64 { return c.length + 1 }

// LastIndex is the index of the log's last entry; entries is the number in the newest
// segment. It counts from the base, because the newest segment may be empty.
func LastIndex(newest Segment, entries uint64) uint64 { return newest.Base - 1 + entries }

// MayRoll says whether the open segment may be full: not an empty one, however little
// it may hold. The next one would have the same base.
func (c *Core) MayRoll() bool { return c.length >= c.openSegment().Base }

// MaySeal says whether the open segment is flushed. No later flush covers it, and only
// the newest segment may be torn.
func (c *Core) MaySeal() bool { return c.synced == c.length }

// MaySwitch says whether the next segment may take entries: its file and its name are durable.
func (c *Core) MaySwitch() bool { return c.next != nil }

// MayServe says whether the log is whole with such a missing segment: only without one (0).
func MayServe(missing uint64) bool { return missing == 0 }

// Holds says whether a segment, here the kth, holds an entry: from its base up to the
// next one's base, and the newest all from its base.
func (c *Core) Holds(k int, index uint64) bool {
	return c.segments[k].Base <= index && (k == len(c.segments)-1 || index < c.segments[k+1].Base)
}

// MayDrop says whether the oldest segment may be removed: all its entries were acknowledged.
func (c *Core) MayDrop() bool { return c.segments[1].Base-1 <= c.acked }

// MayTruncate says whether an entry may be removed: an acknowledged one stays.
func (c *Core) MayTruncate(index uint64) bool { return index > c.acked }

// IsInOpen says whether an entry is in the open segment, or would be. Only there entries
// are truncated: newer segments must be gone before older ones get shorter.
func (c *Core) IsInOpen(index uint64) bool { return index >= c.openSegment().Base }

// openSegment is the segment to which the log appends: the newest, or the one before it
// during a roll.
func (c *Core) openSegment() Segment {
	if c.rolling() {
		return c.segments[len(c.segments)-2]
	}
	return c.newest()
}

func (c *Core) newest() Segment { return c.segments[len(c.segments)-1] }

// rolling says whether a roll is under way.
func (c *Core) rolling() bool { return c.mode == up && c.open != c.newest().Number }

// isUp says whether entries can be appended, as far as segments are concerned.
func (c *Core) isUp() bool { return c.mode == up && !c.rolling() }

// isReady says whether the open segment's file may be changed.
func (c *Core) isReady() bool { return c.mode == recovering && MayServe(c.missing()) || c.isUp() }

// MustCut says whether the open segment's file goes on behind the log's end.
func (c *Core) MustCut() bool {
	if c.mode == recovering {
		return c.file.MustCut()
	}
	return c.torn
}

// openFile opens the file of a segment, and makes it if there is none.
func (c *Core) openFile(s Segment) (*wal.Core, error) {
	salt := uint32(0)
	if c.config.Salt != nil {
		salt = c.config.Salt()
	}
	c.positions[s.Number] = wal.NewPositions(c.config.IndexInterval)
	file, err := wal.NewCore(wal.CoreConfig{
		FS: c.config.FS, Path: c.path(s), Machine: noMachine{}, Positions: c.positions[s.Number],
		MaxEntry: c.config.MaxEntry, Preallocate: c.config.Preallocate, Salt: salt,
	})
	if err != nil {
		return nil, err
	}
	return file, file.Open(wal.Group)
}

// noMachine is the state machine of a segment: entries are for readers.
type noMachine struct{}

// Apply implements wal.StateMachine.
func (noMachine) Apply(Entry) {}

// Err returns the failure that has ended the core's work, if there is one: damage that
// was found, or else ErrPoisoned with its cause.
func (c *Core) Err() error { return c.work.Err() }

// step begins to record a step.
func (c *Core) step(name string) *trace.Step {
	return c.config.Trace.Step(name).String("node", c.config.Node)
}

// View adds the fields of the spec's View(node).
func (c *Core) View(o *trace.Object) {
	o.String("mode", string(c.mode))
	o.Uint("oldest", c.segments[0].Number).Uint("newest", c.newest().Number)
	o.Count("base", c.newest().Base).Int("count", len(c.segments))
	o.Uint("open", c.open).Count("length", c.length).Bool("torn", c.mode != down && c.MustCut())
	o.Count("synced", c.synced).Count("acked", c.acked)
}

// First, Length, Synced and Acknowledged return the indexes of the oldest entry that there
// is, or will be; of the last one; of the last that is known to be durable; and of the last
// that is acknowledged.
func (c *Core) First() uint64        { return c.segments[0].Base }
func (c *Core) Length() uint64       { return c.length }
func (c *Core) Synced() uint64       { return c.synced }
func (c *Core) Acknowledged() uint64 { return c.acked }

// Segments returns what segments there are, oldest first.
func (c *Core) Segments() []Segment { return c.segments }

// Size returns how many bytes of the open segment's file are in use, and Buffered how many
// of them are still to be written.
func (c *Core) Size() int64   { return c.file.Size() }
func (c *Core) Buffered() int { return c.file.Buffered() }

// Abandon closes the files of a log that is not used any more, as the end of the
// process would. It is not a step.
func (c *Core) Abandon() (err error) {
	for _, file := range []*wal.Core{c.file, c.next} {
		if file != nil {
			err = errors.Join(err, file.Abandon())
		}
	}
	c.file, c.next = nil, nil
	return err
}

var _ trace.Viewer = (*Core)(nil)
