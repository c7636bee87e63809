package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOSErrorsMatch holds the sentinels to what the operating system returns,
// on the one device that is always full.
func TestOSErrorsMatch(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	f := osFile{full}
	_, err = f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, ErrNoSpace)
	require.NoError(t, f.Close())
}

func TestOSErrorsNameTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f, err := OS{}.Create(name)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.ErrorContains(t, f.Sync(), name)
	require.ErrorIs(t, f.Sync(), fs.ErrClosed)
	require.ErrorContains(t, f.Preallocate(1), name)
}
