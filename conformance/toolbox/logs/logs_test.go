package logs_test

import (
	"errors"
	"os"
	"path/filepath"
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

func header(scenario string, seed int64) trace.Header {
	return trace.Header{Spec: "Test", Scenario: scenario, Seed: seed}
}

// nothing is a state machine without a state.
type nothing struct{}

func (nothing) Apply(wal.Entry) {}

// killed appends to a log, from two goroutines, and acknowledges more entries than are in
// the file: tooMany of them.
func killed(tooMany uint64) *logs.Killed {
	return &logs.Killed{
		Header: header, From: 3, Range: 6, Workers: 2,
		Left: func(rec *trace.Recorder, path string, fs disk.FS, folder string) error {
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
			return &logs.Process{Found: log.Status().Applied, Close: log.Close, Next: func(int) (uint64, error) {
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
