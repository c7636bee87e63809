package logs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// patient is a program that is killed. careless is one that acknowledges entries
// that it has not taken.
var (
	patient  = conformance.Pattern{Name: "patient", Child: killed(0).Child}
	careless = conformance.Pattern{Name: "careless", Child: killed(100).Child}
)

func TestMain(m *testing.M) {
	conformance.Reexec(&patient, &careless)
	os.Exit(m.Run())
}

const file = "log"

var header = logs.Header{Spec: "Test"}

// nothing is a state machine without a state.
type nothing struct{}

func (nothing) Apply(wal.Entry) {}

// killed appends to a log, from two goroutines, and acknowledges more entries than are in
// the file: tooMany of them.
func killed(tooMany uint64) *logs.Killed {
	return &logs.Killed{
		Header: header, Node: "log", From: 3, Range: 6, Workers: 2,
		Left: func(rec *trace.Recorder, _ logs.View, fs disk.FS, folder string) error {
			f, err := logs.ReadFile(fs, filepath.Join(folder, file))
			rec.Step("Crash").String("node", "log").Uint("left", f.Slots).State(logs.View{"mode": "down"})
			return err
		},
		Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
			err := fs.MkdirAll(folder)
			log, failed := wal.Open(filepath.Join(folder, file), nothing{}, wal.Options{Policy: wal.Group, Preallocate: -1, FS: fs})
			if err = errors.Join(err, failed); err != nil {
				return nil, err
			}
			rec.Step("Open").String("node", "log").State(logs.View{"mode": "up"})
			return &logs.Process{Found: log.Status().Applied, Settle: log.Sync, Close: log.Close, Next: func(int) (uint64, error) {
				index, err := log.Append(0, []byte("x"))
				return index + tooMany, err
			}}, nil
		},
	}
}

// written is a disk with a log of ten entries.
func written(t *testing.T) *disktest.Disk {
	fs := disktest.New()
	log, err := wal.Open(file, nothing{}, wal.Options{FS: fs})
	require.NoError(t, err)
	for range 10 {
		_, err := log.Append(0, []byte("payload"))
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
	return fs
}

func TestReaderFindsWhatWasWritten(t *testing.T) {
	f, err := logs.ReadFile(written(t), file)
	require.NoError(t, err)
	require.Len(t, f.Whole, 10)
	require.Equal(t, f.Whole, f.All)
	require.EqualValues(t, 10, f.Slots)
	require.Zero(t, f.Bad())
	for i, r := range f.Whole {
		require.EqualValues(t, i+1, r.Index)
		require.EqualValues(t, i, r.Flushed)
		require.Equal(t, "payload", string(r.Payload))
		require.Equal(t, r.End, f.End(r.Index))
	}
}

// TestReaderEndsAtDamage: the last record can still be seen.
func TestReaderEndsAtDamage(t *testing.T) {
	fs := written(t)
	f, err := logs.ReadFile(fs, file)
	require.NoError(t, err)
	require.NoError(t, fs.Rot(file, f.Whole[6].Offset+logs.RecordHeader, 1))
	f, err = logs.ReadFile(fs, file)
	require.NoError(t, err)
	require.Len(t, f.Whole, 6)
	require.Len(t, f.All, 10)
	require.EqualValues(t, 10, f.Slots)
	require.EqualValues(t, 7, f.Bad())
}

func TestReaderKnowsAnEmptyLog(t *testing.T) {
	for size := range 64 {
		f := logs.Read(make([]byte, size))
		require.Zero(t, f.Slots, "%d bytes", size)
		require.Zero(t, f.Bad(), "%d bytes", size)
	}
}

func TestDamageLeavesTheFirstRecords(t *testing.T) {
	fs := written(t)
	f, err := logs.ReadFile(fs, file)
	require.NoError(t, err)
	require.NoError(t, f.Damage(fs, file, 5, 4))
	f, err = logs.ReadFile(fs, file)
	require.NoError(t, err)
	require.Len(t, f.Whole, 3)
	require.EqualValues(t, 4, f.Bad())
	require.EqualValues(t, 5, f.Slots)
}

// synced is a core that reports this number of entries as durable.
type synced uint64

func (synced) View(*trace.Object) {}
func (synced) Length() uint64     { return 10 }
func (c synced) Synced() uint64   { return uint64(c) }
func (synced) Write() error       { return nil }
func (synced) Abandon() error     { return nil }

// TestAMissingFlushIsFound: each step is held against what the disk has without its cache.
func TestAMissingFlushIsFound(t *testing.T) {
	s := logs.NewSystem[synced](nil, errors.New("refused"))
	s.Disk, s.File, s.Core = written(t), file, 10
	require.NoError(t, s.Tried("Sync", nil))
	f, err := logs.ReadFile(s.Disk, file)
	require.NoError(t, err)

	require.NoError(t, f.Damage(s.Disk, file, 5, 0)) // cut off, and not flushed
	s.Durable, s.Core, s.Cutting = 3, 3, true
	require.NoError(t, s.Tried("TruncateFrom", nil))
	s.Cutting = false
	require.ErrorContains(t, s.Tried("Cut", nil), "may bring back what was cut off")

	s.Cutting = true
	require.NoError(t, s.Lost(5, 4))
	s.Cutting = false
	require.NoError(t, s.Tried("Crash", nil))
	f, err = logs.ReadFile(s.Disk, file)
	require.NoError(t, err)
	require.EqualValues(t, 5, f.Slots)
	require.EqualValues(t, 4, f.Bad())

	s.Core = 5 // claimed, and not flushed
	require.ErrorContains(t, s.Tried("Sync", nil), "may take one of the first 5 entries")
	require.Error(t, s.Lost(5, 0))
}

func TestKilledProcessGoesOn(t *testing.T) {
	run, err := patient.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	require.NoError(t, killed(0).Run(t.Context(), run))
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	crashes := 0
	for _, e := range recorded.Events {
		if e.Step == "Crash" {
			crashes++
		}
	}
	require.Greater(t, crashes, 4)
}

// TestLostEntryIsFound: what a client was told is held against what the next process finds.
func TestLostEntryIsFound(t *testing.T) {
	run, err := careless.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	require.ErrorContains(t, killed(100).Run(t.Context(), run), "were acknowledged")
}

// stuck is a subject whose work has no end: what it waits for never comes.
type stuck struct {
	*logs.Harness
	waits func()
}

func (s stuck) Open() error {
	s.Rec.Step("Open").String("node", "log").State(logs.View{"mode": "up"})
	return nil
}
func (s stuck) Work() error       { return nil }
func (s stuck) Do(logs.Operation) { s.waits() }
func (s stuck) Look()             {}
func (s stuck) Settle() error     { return nil }
func (s stuck) Close()            {}

// TestARunThatHangsClaimsItsEnd: the spec can say then what is owed.
func TestARunThatHangsClaimsItsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	subjects := logs.Subjects{Header: header, Node: "log", Create: func(h *logs.Harness) logs.Subject {
		return stuck{h, func() { cancel(); <-forever }}
	}}
	run, err := patient.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	require.ErrorContains(t, subjects.Faults(1, "").Run(ctx, run), "comes to its end")
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.Len(t, recorded.Events, 2)
	require.Equal(t, "End", recorded.Events[1].Step)
	require.Equal(t, recorded.Events[0].State, recorded.Events[1].State)
}

// crowd adds to a log from two goroutines, and tells each an index that is too great by
// tooMany.
func crowd(tooMany uint64) *logs.Crowd {
	return &logs.Crowd{
		Name: "crowd", Header: header, Node: "log", Acknowledged: "acked", Writers: 2, Each: 3, Rounds: 2,
		Open: func(rec *trace.Recorder, _ disk.FS, _ string, _ int) (*logs.Process, error) {
			var mu sync.Mutex
			acked := 0
			return &logs.Process{
				Next: func(int) (uint64, error) {
					mu.Lock()
					defer mu.Unlock()
					acked++
					rec.Step("Acknowledge").String("node", "log").State(logs.View{"mode": "up", "acked": acked})
					return uint64(acked) + tooMany, nil
				},
				Settle: func() error { return nil }, Close: func() error { return nil },
			}, nil
		},
	}
}

func TestCrowdHoldsAnswersAgainstTheTrace(t *testing.T) {
	for _, tooMany := range []uint64{0, 100} {
		run, err := patient.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
		require.NoError(t, err)
		err = crowd(tooMany).Scenario(1, "").Run(t.Context(), run)
		if tooMany > 0 {
			require.ErrorContains(t, err, "an entry is acknowledged, after step")
			continue
		}
		require.NoError(t, err)
		recorded, err := trace.ReadFile(run.Path)
		require.NoError(t, err)
		require.Len(t, recorded.Events, 2*(2*3+1), "and each round ends in calm")
		require.Equal(t, "End", recorded.Events[6].Step)
	}
}

// TestCrowdTruncatesBesideFlushes: Flushing is called while a flush is under way, and an entry
// that was truncated is added again.
func TestCrowdTruncatesBesideFlushes(t *testing.T) {
	errTruncated, errTooLate := errors.New("truncated"), errors.New("too late")
	c := crowd(0)
	c.Rounds = 1
	open := c.Open
	var truncated, letGo atomic.Int64
	c.Open = func(rec *trace.Recorder, fs disk.FS, dir string, n int) (*logs.Process, error) {
		p, err := open(rec, fs, dir, n)
		require.NoError(t, err)
		file, err := fs.Create(filepath.Join(dir, "file"))
		require.NoError(t, err)
		next := p.Next
		var syncing atomic.Bool
		var tries atomic.Int64
		p.Truncated, p.Close = errTruncated, file.Close
		p.Next = func(worker int) (uint64, error) {
			if worker == 0 {
				for seen := truncated.Load(); truncated.Load() == seen; {
					syncing.Store(true)
					require.NoError(t, file.Sync())
					syncing.Store(false)
				}
			}
			if tries.Add(1)%2 == 1 {
				return 0, errTruncated
			}
			return next(worker)
		}
		p.Flushing = logs.Truncating(func() (uint64, uint64) { return 3, 7 },
			func(from uint64) error {
				require.Equal(t, uint64(3), from)
				if syncing.Load() {
					truncated.Add(1)
				}
				return errTooLate
			},
			func(upTo uint64) error {
				require.Equal(t, uint64(7), upTo)
				letGo.Add(1)
				return nil
			}, errTooLate)
		return p, nil
	}
	run, err := patient.NewRun(t.TempDir(), conformance.Scenario{Name: "test"}, 1)
	require.NoError(t, err)
	require.NoError(t, c.Scenario(1, "").Run(t.Context(), run))
	require.Positive(t, truncated.Load())
	require.Positive(t, letGo.Load())
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	require.Len(t, recorded.Events, 2*3+1)
}
