package folder_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/internal/folder"
)

const file, other = "dir/file", "dir/other"

// written is a disk with a folder and a file, both durable.
func written(t *testing.T) *disktest.Disk {
	on := disktest.New()
	require.NoError(t, folder.Make(on, "dir"))
	require.NoError(t, folder.Write(on, file, []byte("con"), []byte("tent")))
	require.NoError(t, on.SyncDir("dir"))
	return on
}

// crashed is what a crash leaves that takes all that it can.
func crashed(t *testing.T, on *disktest.Disk) []string {
	on.Crash(nil)
	names, err := on.List("dir")
	require.NoError(t, err)
	return names
}

func TestNoCrashUndoesAChange(t *testing.T) {
	on := written(t)
	require.Equal(t, []string{"file"}, crashed(t, on))
	b, _ := on.Contents(file)
	require.Equal(t, "content", string(b))

	require.NoError(t, folder.Rename(on, file, other))
	require.Equal(t, []string{"other"}, crashed(t, on))
	b, _ = on.Contents(other)
	require.Equal(t, "content", string(b))

	require.NoError(t, folder.Remove(on, other))
	require.Empty(t, crashed(t, on))
}

// TestMakeFlushesTheParentEachTime: a crash may have come between the two.
func TestMakeFlushesTheParentEachTime(t *testing.T) {
	on := disktest.New()
	require.NoError(t, on.MkdirAll("dir"))
	require.NoError(t, folder.Make(on, "dir"))
	require.Empty(t, crashed(t, on))
}

func TestWriteTakesThePlaceOfWhatACrashHasLeft(t *testing.T) {
	on := written(t)
	require.NoError(t, folder.Write(on, file, []byte("new")))
	b, _ := on.Contents(file)
	require.Equal(t, "new", string(b))
}

// TestEachFailureIsReturned, of each operation on the disk, and none follows it but the
// closing of a file.
func TestEachFailureIsReturned(t *testing.T) {
	for name, do := range map[string]func(disk.FS) error{
		"Make":   func(on disk.FS) error { return folder.Make(on, "dir/sub") },
		"Remove": func(on disk.FS) error { return folder.Remove(on, file) },
		"Rename": func(on disk.FS) error { return folder.Rename(on, file, other) },
		"Write":  func(on disk.FS) error { return folder.Write(on, other, []byte("a"), []byte("b")) },
	} {
		whole := written(t)
		before := whole.Ops()
		require.NoError(t, do(whole))
		for n := range whole.Ops() - before {
			on := written(t)
			on.HaltAfter(n)
			require.ErrorIs(t, do(on), disktest.ErrCrashed, "%s, operation %d", name, n)
		}
	}
	on := written(t)
	require.ErrorIs(t, folder.Remove(on, other), fs.ErrNotExist)
	require.ErrorIs(t, folder.Rename(on, other, file), fs.ErrNotExist)
	require.Equal(t, []string{"file"}, crashed(t, on))
}
