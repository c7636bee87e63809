package disktest

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// everyKind takes every operation that changes or syncs something, until one fails.
func everyKind(fs disk.FS) error {
	var f disk.File
	for _, do := range []func() error{
		func() error { return fs.MkdirAll("dir") },
		func() (err error) { f, err = fs.Create("dir/a"); return err },
		func() error { _, err := f.WriteAt([]byte("text"), 2); return err },
		func() error { return f.Truncate(3) },
		func() error { return f.Preallocate(8) },
		func() error { return f.Sync() },
		func() error { return fs.Rename("dir/a", "dir/b") },
		func() error { return fs.SyncDir("dir") },
		func() error { return fs.Remove("dir/b") },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

var kinds = []Kind{MkdirAll, Create, Write, Truncate, Preallocate, Sync, Rename, SyncDir, Remove}

func TestFailpointSeesEachOperation(t *testing.T) {
	var before, after []Kind
	fs := Intercept(New(), Failpoint{
		Before: func(op Op) error { before = append(before, op.Kind); return nil },
		After:  func(op Op) error { after = append(after, op.Kind); return nil },
	})
	require.NoError(t, everyKind(fs))
	require.Equal(t, kinds, before)
	require.Equal(t, kinds, after)
}

func TestAtOperationCountsAllButWrites(t *testing.T) {
	for _, before := range []bool{false, true} {
		for n, want := range []Kind{MkdirAll, Create, Truncate, Sync} {
			var last Kind
			calls := 0
			below := New()
			fs := Intercept(Intercept(below, AtOperation(n, before, func() { calls++ })), Failpoint{Before: func(op Op) error {
				if calls == 0 {
					last = op.Kind
				}
				return nil
			}})
			require.NoError(t, everyKind(fs))
			require.Equal(t, want, last, "operation %d", n)
			require.Positive(t, calls)
		}
	}
}

func TestFailureBeforeAnOperationPreventsIt(t *testing.T) {
	planned := errors.New("planned")
	for i, kind := range kinds {
		below := New()
		err := everyKind(Intercept(below, Failpoint{Before: func(op Op) error {
			if op.Kind == kind {
				return planned
			}
			return nil
		}}))
		require.ErrorIs(t, err, planned, "%s", kind)
		require.Equal(t, i, below.Ops(), "%s", kind)
	}
}

func TestFailureAfterAnOperationIsToldThoughItHappened(t *testing.T) {
	planned := errors.New("planned")
	for i, kind := range kinds {
		below := New()
		err := everyKind(Intercept(below, Failpoint{After: func(op Op) error {
			if op.Kind == kind {
				return planned
			}
			return nil
		}}))
		require.ErrorIs(t, err, planned, "%s", kind)
		require.Equal(t, i+1, below.Ops(), "%s", kind)
	}
}

func TestWriteCanBeTorn(t *testing.T) {
	below := New()
	planned := errors.New("planned")
	fs := Intercept(below, Failpoint{Before: func(op Op) error {
		if op.Kind != Write {
			return nil
		}
		_, err := op.File.WriteAt(op.Data[:len(op.Data)/2], op.Offset)
		return errors.Join(err, planned)
	}})
	require.ErrorIs(t, everyKind(fs), planned)
	f, err := below.Open("dir/a")
	require.NoError(t, err)
	size, err := f.Size()
	require.NoError(t, err)
	b := make([]byte, size)
	_, err = f.ReadAt(b, 0)
	require.NoError(t, err)
	require.Equal(t, "te", string(slices.Clone(b[2:])))
}
