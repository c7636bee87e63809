package writeaheadlog

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

// FS is the filesystem that a log lives on.
type FS = disk.FS

// StateMachine is what a log makes durable: it is rebuilt by applying the
// entries, in the order of their indexes, each once in the life of a process.
//
// Apply cannot fail: check a change before you append it. It is called by one goroutine at a time, with
// the log locked, so it must be quick and must not call the log. The payload
// is valid only until Apply returns. A retry of a client can leave the same
// change in the log twice; a machine for which that makes a difference has to
// recognise it, by an identity of the request within the payload. A machine
// that was restored from a snapshot ignores the entries that it has in it.
type StateMachine interface {
	Apply(e Entry)
}

// Traced is a StateMachine whose log can record what it does.
type Traced interface {
	StateMachine
	// View adds the machine's state.
	View(o *trace.Object)
	// ViewPayload adds what the payload of an entry says.
	ViewPayload(o *trace.Object, payload []byte)
}

// CoreConfig is what a Core is made with.
type CoreConfig struct {
	FS          FS
	Path        string
	Machine     StateMachine
	MaxEntry    int             // the longest payload it takes, in bytes
	Preallocate int64           // how many bytes the file grows by at a time, if positive
	Salt        uint32          // for a new file; any number, preferably a different one for each file
	Positions   *Positions      // of the file's entries; nil to keep none
	Trace       *trace.Recorder // nil to record nothing; else Machine must be Traced
	Node        string          // how the trace calls this log
}

// mode is where a log is in its life.
type mode string

const (
	down       mode = "down"
	recovering mode = "recovering"
	up         mode = "up"
	poisoned   mode = "poisoned"
	refused    mode = "refused"
)

// Core is the log without goroutines, locks and clock: a method for each step
// of the spec, and one for each of its rules. It is for programs that bring a
// loop of their own; all others use Log, which is built on it. A step that the
// present state does not allow returns ErrNotAllowed and changes nothing.
//
// Only one goroutine at a time may use a Core, except that Flush.Do may run
// beside it: Do touches nothing that the steps touch.
type Core struct {
	config CoreConfig
	file   disk.File
	salt   uint32

	mode    mode
	policy  Policy
	slots   uint64 // records in the file, with those behind the log's end
	length  uint64
	synced  uint64
	applied uint64
	acked   uint64
	failure error // the error that poisoned it

	known   uint64 // how many entries the records say were flushed; from Open on
	claimed uint64 // the highest number of flushed entries that a record behind the log's end states
	end     int64  // where the next record goes
	last    record // the last one, and
	settled record // the last one applied; both only if steps are recorded

	replay  *reader // recovery's second pass over the file
	rewrite int64   // offset from which no record says that the file was ever flushed
	offsets []int64 // of the records that no other record says were flushed; during Open

	pending queue  // the entries not yet applied; their payloads are in a buffer
	buffer  []byte // records not yet given to the operating system
	start   int64  // where they go
	spare   []byte // the buffer of a flush that is over
	flown   uint64 // the last entry whose payload may be in spare
	space   int64  // the file has been made this long
	flight  Flush  // the flush under way
}

// NewCore returns a log that is down. Open is its first step.
func NewCore(config CoreConfig) (*Core, error) {
	if config.Trace != nil {
		if _, ok := config.Machine.(Traced); !ok {
			return nil, fmt.Errorf("write-ahead log: to record its steps, a %T must have the methods of Traced", config.Machine)
		}
	}
	if config.MaxEntry <= 0 || config.MaxEntry > maxPayload {
		return nil, fmt.Errorf("write-ahead log: MaxEntry must be from 1 to %d bytes, not %d", maxPayload, config.MaxEntry)
	}
	return &Core{config: config, mode: down}, nil
}

// The rules.

// IsWhole says whether recovery takes a record: only if all of it is there and
// its checksum fits, and if it is the one that must follow.
func (c *Core) IsWhole(index uint64, header []byte, r *record) bool {
	return r.Index == index && r.checks(c.salt, header)
}

// MayCut says whether what cannot be read, from entry bad on, may be cut off:
// only if no record behind it says that it had been flushed.
func (c *Core) MayCut(bad uint64) bool { return c.claimed < bad }

// MustCut says whether the file goes on behind the log's end. That part must be
// removed before anything is appended: otherwise the next recovery cannot reach
// the new record.
func (c *Core) MustCut() bool { return c.length < c.slots }

// MayServe says whether the entries that were read are durable too. They may
// have come from a cache only.
func (c *Core) MayServe() bool { return c.synced == c.length }

// MustRewrite says whether recovery writes an entry again before it flushes: one
// of which no record says that it was flushed. A flush of an earlier process may
// have failed. Then the kernel takes for clean what the disk does not have, and
// another flush does nothing about it.
func (c *Core) MustRewrite(index uint64) bool { return index > c.known }

// Records writes one payload to the buffer and returns the number of records:
// one, so that a batch is in the log as a whole or not at all.
func (c *Core) Records(kind uint32, time int64, payload []byte) int {
	c.put(kind, time, payload)
	return 1
}

// MayAdvance says whether a flush has flushed anything: only if it returned
// without an error.
func (c *Core) MayAdvance(returned error) bool { return returned == nil }

// MayContinue says whether the log works on after a flush: not after one that
// failed. Another try would return without an error, and without having written
// the pages that the first one lost.
func (c *Core) MayContinue(returned error) bool { return returned == nil }

// MayApply says whether the policy lets an entry be applied: log first.
func (c *Core) MayApply(index uint64) bool {
	if c.policy == Async {
		return index <= c.length
	}
	return index <= c.synced
}

// MayAcknowledge says whether the policy lets the log acknowledge an entry:
// flush first, except with Async, which promises no durability.
func (c *Core) MayAcknowledge(index uint64) bool {
	return index <= c.applied && (c.policy == Async || index <= c.synced)
}

// MayTruncate says whether an entry may be removed: an applied entry stays.
func (c *Core) MayTruncate(index uint64) bool { return index > c.applied }

// put makes one record of a payload.
func (c *Core) put(kind uint32, time int64, payload []byte) {
	r := record{
		Entry:   Entry{Index: c.length + 1, Type: kind, Time: time, Payload: payload},
		flushed: c.synced,
	}
	at := len(c.buffer)
	c.buffer = appendRecord(c.buffer, c.salt, &r)
	r.Payload = c.buffer[at+recordHeaderSize:][:len(payload):len(payload)]
	c.pending.push(pendingEntry{record: r, offset: c.end})
	c.config.Positions.note(r.Index, c.end)
	c.end += int64(len(c.buffer) - at)
	c.length++
	c.slots = c.length
	c.remember(&c.last, &r)
}

// remember keeps a record for the trace.
func (c *Core) remember(at, r *record) {
	if c.config.Trace == nil {
		return
	}
	payload := append(at.Payload[:0], r.Payload...)
	*at = *r
	at.Payload = payload
}

// step begins to record a step.
func (c *Core) step(name string) *trace.Step {
	return c.config.Trace.Step(name).String("node", c.config.Node)
}

// View adds the fields of the spec's View(node).
func (c *Core) View(o *trace.Object) {
	policy := "none"
	if c.mode != down {
		policy = c.policy.String()
	}
	machine := c.config.Machine.(Traced)
	o.String("mode", string(c.mode)).String("policy", policy)
	o.Uint("slots", c.slots).Uint("length", c.length)
	o.Record("last", func(o *trace.Object) {
		last := &c.last
		if c.length == 0 {
			last = &record{}
		}
		o.Uint("index", last.Index).Uint("flushed", last.flushed)
		o.Record("batch", func(o *trace.Object) {
			if c.length > 0 {
				machine.ViewPayload(o, last.Payload)
			}
		})
	})
	o.Uint("synced", c.synced).Uint("applied", c.applied)
	o.Record("store", func(o *trace.Object) {
		if c.mode != down {
			machine.View(o)
		}
	})
	o.Uint("acked", c.acked)
}

// Length returns the index of the last entry.
func (c *Core) Length() uint64 { return c.length }

// Synced returns how many entries are known to be durable.
func (c *Core) Synced() uint64 { return c.synced }

// Applied returns how many entries have been applied.
func (c *Core) Applied() uint64 { return c.applied }

// Acknowledged returns the index of the last acknowledged entry.
func (c *Core) Acknowledged() uint64 { return c.acked }

// Buffered returns how many bytes are still to be written.
func (c *Core) Buffered() int { return len(c.buffer) }

// Err returns ErrPoisoned with its cause if a write or a flush failed.
func (c *Core) Err() error {
	if c.failure == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrPoisoned, c.failure)
}

// forget drops everything in memory, as the end of a process does. Only the
// file is left.
func (c *Core) forget() {
	c.mode = down
	c.synced, c.applied, c.acked = 0, 0, 0
	c.pending, c.buffer, c.spare, c.offsets = queue{}, nil, nil, nil
	c.replay = nil
}
