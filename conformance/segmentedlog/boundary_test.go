package segmentedlog

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs/logstest"
)

// TestSpecAcceptsIndexesThatCrossPowersOfTwo: random work with faults on a log whose indexes
// begin just below 2^16, 2^31 and 2^32, because older segments were removed. The recorder takes
// the beginning off; an index that was cut to fewer bits shows.
func TestSpecAcceptsIndexesThatCrossPowersOfTwo(t *testing.T) {
	all := logstest.High(t, subjects, 8, raise, func(s logs.Subject, before uint64) {
		require.Greater(t, s.(*subject).log.Status().Appended, before+2)
	})
	conformance.Accepts(t, toolbox.Joined(t,
		toolbox.Part{Folder: Pattern.Spec, Files: []string{"*.tla", "*.cfg"}},
		toolbox.Part{Folder: Pattern.Library[0], Files: []string{"Disk.tla", "Dur*.tla", "WriteAheadLog.tla"}}), all...)
}

// raise gives the only segment, which is empty, the name that it has after the removal of all
// entries up to before.
func raise(of logs.Subject, before uint64) {
	s := of.(*subject)
	s.Must(logs.InTurn(func() error { return s.append(3) }, s.Settle, s.readAll, s.log.Roll,
		func() error { return s.log.DropBefore(math.MaxUint64) }))
	s.Close()
	f, err := ReadFiles(s.Disk, dir)
	s.Check(len(f.Names) == 1 && len(f.Newest.All) == 0, "there are %d segments", len(f.Names))
	s.Rec.CountFrom(before + 1 - f.Base)
	name := fmt.Sprintf("%020d-%020d.seg", f.newest(), before+1)
	s.Must(errors.Join(err, s.Disk.Rename(filepath.Join(dir, f.Names[0]), filepath.Join(dir, name)),
		s.Disk.SyncDir(dir), s.Start()))
}
