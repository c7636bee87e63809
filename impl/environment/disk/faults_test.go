package disk

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFailedSyncIsNotMadeGood is what Linux does: the second sync succeeds
// and has written nothing of what the first one failed on.
func TestAFailedSyncIsNotMadeGood(t *testing.T) {
	left := map[string]bool{}
	for _, units := range []int{0, 2, 4} {
		disk, f := fresh(t, "log")
		write(t, f, 0, "good")
		require.NoError(t, f.Sync())
		write(t, f, 4, "lost")
		disk.FailSync("log")
		require.ErrorIs(t, f.Sync(), ErrIO)
		require.Equal(t, "goodlost", holds(t, disk, "log"), "the cache has it still")
		require.NoError(t, f.Sync(), "one fault, one failure")
		write(t, f, 8, "more")
		require.NoError(t, f.Sync())
		require.Equal(t, 4, disk.Unsynced("log"))
		require.Equal(t, "goodlostmore", holds(t, disk, "log"))
		disk.Crash(map[string]int{"log": units})
		left[holds(t, disk, "log")] = true
	}
	require.Equal(t, map[string]bool{"good\x00\x00\x00\x00more": true, "goodlo\x00\x00more": true, "goodlostmore": true}, left)
}

// TestWhatIsSyncedAfterAFailureSurvives has a durable change on top of a
// doubtful one in the same sector.
func TestWhatIsSyncedAfterAFailureSurvives(t *testing.T) {
	for seed := range int64(50) {
		for _, survival := range []Survival{Nothing, Everything, Prefix, SectorPrefix, AnySectors} {
			disk, f := fresh(t, "log")
			write(t, f, 0, strings.Repeat("-", 1000))
			require.NoError(t, f.Sync())
			write(t, f, 300, strings.Repeat("d", 300))
			disk.FailSync("log")
			require.ErrorIs(t, f.Sync(), ErrIO)
			write(t, f, 400, strings.Repeat("s", 300))
			require.NoError(t, f.Sync())
			write(t, f, 900, strings.Repeat("p", 300))
			disk.CrashRandomly(seed, survival)
			b := holds(t, disk, "log")
			require.Equal(t, strings.Repeat("-", 300), b[:300])
			require.Subset(t, []byte("-d"), []byte(b[300:400]))
			require.Equal(t, strings.Repeat("s", 300), b[400:700])
			require.Equal(t, strings.Repeat("-", 200), b[700:900])
			require.Subset(t, []byte("-p\x00"), []byte(b[900:]))
		}
	}
}

func TestAFailedSyncOfADirectoryIsNotMadeGood(t *testing.T) {
	for kept, want := range []int{0, 1} {
		disk := NewFake()
		_, err := disk.Create("log")
		require.NoError(t, err)
		disk.FailSync(".")
		require.ErrorIs(t, disk.SyncDir("."), ErrIO)
		require.NoError(t, disk.SyncDir("."))
		disk.Crash(map[string]int{".": kept})
		names, err := disk.List(".")
		require.NoError(t, err)
		require.Len(t, names, want)
	}
}

func TestShortWrite(t *testing.T) {
	disk, f := fresh(t, "log")
	disk.ShortWrite("log", 3)
	n, err := f.WriteAt([]byte("entry"), 0)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 3, n)
	require.Equal(t, "ent", holds(t, disk, "log"))
	write(t, f, 0, "entry")
}

func TestNoSpace(t *testing.T) {
	disk, f := fresh(t, "log")
	write(t, f, 0, "1234")
	disk.LimitSpace(3)
	n, err := f.WriteAt([]byte("abcdef"), 2)
	require.ErrorIs(t, err, ErrNoSpace)
	require.Equal(t, 5, n, "two in place of others, three more")
	require.Equal(t, "12abcde", holds(t, disk, "log"))
	write(t, f, 0, "no room needed"[:7])
	n, err = f.WriteAt([]byte("far"), 100)
	require.ErrorIs(t, err, ErrNoSpace)
	require.Zero(t, n)
	require.ErrorIs(t, f.Preallocate(8), ErrNoSpace)
	require.ErrorIs(t, f.Truncate(8), ErrNoSpace)

	require.NoError(t, f.Truncate(6))
	write(t, f, 6, "x")
	g, err := disk.Create("other")
	require.NoError(t, err)
	_, err = g.WriteAt([]byte("y"), 0)
	require.ErrorIs(t, err, ErrNoSpace)
	require.NoError(t, disk.Remove("log"))
	write(t, g, 0, "yyyyyyy")
	_, err = g.WriteAt([]byte("y"), 7)
	require.ErrorIs(t, err, ErrNoSpace)
	disk.LimitSpace(-1)
	write(t, g, 7, "as much as it likes")
}

// TestACrashSettlesTheSpace: what it loses gives its room back, and what it
// brings back takes its room again.
func TestACrashSettlesTheSpace(t *testing.T) {
	for name, before := range map[string]func(disk *Fake, f File){
		"lost":    func(_ *Fake, f File) { write(t, f, 4, "no") },
		"removed": func(disk *Fake, _ File) { require.NoError(t, disk.Remove("log")) },
	} {
		t.Run(name, func(t *testing.T) {
			disk, f := fresh(t, "log")
			disk.LimitSpace(10)
			write(t, f, 0, "sync")
			require.NoError(t, f.Sync())
			before(disk, f)
			disk.Crash(nil)
			f, err := disk.Open("log")
			require.NoError(t, err)
			n, err := f.WriteAt([]byte("1234567"), 4)
			require.ErrorIs(t, err, ErrNoSpace)
			require.Equal(t, 6, n)
		})
	}
}

func TestRenameGivesBackTheSpaceOfTheFileInItsPlace(t *testing.T) {
	disk, f := fresh(t, "log")
	disk.LimitSpace(8)
	write(t, f, 0, "1234")
	g, err := disk.Create("new")
	require.NoError(t, err)
	write(t, g, 0, "1234")
	require.NoError(t, disk.SyncDir("."))
	require.NoError(t, disk.Rename("new", "new"))
	require.Zero(t, disk.Unsynced("."), "nothing was changed")
	_, err = g.WriteAt([]byte("5678"), 4)
	require.ErrorIs(t, err, ErrNoSpace)
	require.NoError(t, disk.Rename("new", "log"))
	write(t, g, 4, "5678")
}

func TestRotDamagesWhatIsDurable(t *testing.T) {
	disk, f := fresh(t, "log")
	write(t, f, 0, "abc")
	require.NoError(t, f.Sync())
	write(t, f, 1, "B!!")
	require.NoError(t, disk.Rot("log", 0, 0x20))
	require.NoError(t, disk.Rot("log", 1, 0x01))
	require.Equal(t, "AB!!", holds(t, disk, "log"), "what is not durable hides it")
	require.Error(t, disk.Rot("log", 3, 1), "nothing durable is there")
	require.Error(t, disk.Rot("log", -1, 1))
	require.ErrorIs(t, disk.Rot("none", 0, 1), fs.ErrNotExist)
	disk.Crash(nil)
	require.Equal(t, "Acc", holds(t, disk, "log"))
	durable, ok := disk.Durable("log")
	require.True(t, ok)
	require.Equal(t, "Acc", string(durable))
}

// TestRotDamagesWhatWasSyncedLast has a doubtful change beneath it.
func TestRotDamagesWhatWasSyncedLast(t *testing.T) {
	disk, f := fresh(t, "log")
	write(t, f, 0, "abc")
	disk.FailSync("log")
	require.ErrorIs(t, f.Sync(), ErrIO)
	write(t, f, 1, "xyz")
	require.NoError(t, f.Sync())
	require.NoError(t, disk.Rot("log", 1, 0x20))
	require.Equal(t, "aXyz", holds(t, disk, "log"))
	disk.Crash(map[string]int{"log": 1})
	require.Equal(t, "aXyz", holds(t, disk, "log"))
}

func TestFailReadUntilWrittenAgain(t *testing.T) {
	disk, f := fresh(t, "log")
	write(t, f, 0, "abcdef")
	require.NoError(t, disk.FailRead("log", 3))
	b := make([]byte, 6)
	for range 2 {
		n, err := f.ReadAt(b, 1)
		require.ErrorIs(t, err, ErrIO)
		require.Equal(t, "bc", string(b[:n]))
	}
	disk.Kill()
	f, err := disk.Open("log")
	require.NoError(t, err)
	_, err = f.ReadAt(b, 0)
	require.ErrorIs(t, err, ErrIO, "the disk is no better for it")
	_, err = f.ReadAt(b[:2], 4)
	require.NoError(t, err, "other bytes can be read")
	require.NoError(t, f.Sync())
	disk.Crash(nil)
	f, err = disk.Open("log")
	require.NoError(t, err)
	_, err = f.ReadAt(b, 0)
	require.ErrorIs(t, err, ErrIO)
	write(t, f, 2, "CD")
	require.Equal(t, "abCDef", holds(t, disk, "log"))
	require.ErrorIs(t, disk.FailRead("none", 0), fs.ErrNotExist)
}

// TestHaltStopsAtEachOperation stops a small program at each of its operations
// in turn: the program sees it, and what came before is there.
func TestHaltStopsAtEachOperation(t *testing.T) {
	program := func(disk *Fake) error {
		f, err := disk.Create("log")
		if err != nil {
			return err
		}
		if err := disk.SyncDir("."); err != nil {
			return err
		}
		if _, err := f.WriteAt([]byte("entry"), 0); err != nil {
			return err
		}
		return f.Sync()
	}
	whole := NewFake()
	require.NoError(t, program(whole))
	require.Equal(t, 4, whole.Ops())
	for n := range whole.Ops() {
		disk := NewFake()
		disk.HaltAfter(n)
		require.ErrorIs(t, program(disk), ErrCrashed)
		require.True(t, disk.Halted())
		require.Equal(t, n, disk.Ops())
		_, err := disk.List(".")
		require.ErrorIs(t, err, ErrCrashed)
		_, err = disk.Open("log")
		require.ErrorIs(t, err, ErrCrashed)

		disk.CrashRandomly(1, Everything)
		require.False(t, disk.Halted())
		names, err := disk.List(".")
		require.NoError(t, err)
		require.Len(t, names, min(n, 1))
		if n >= 3 {
			require.Equal(t, "entry", holds(t, disk, "log"))
		}
	}
	disk := NewFake()
	disk.HaltAfter(1)
	disk.HaltAfter(-1)
	require.NoError(t, program(disk))
}

// TestFaultsThatDidNotHappenEndWithTheLife keeps one run's faults out of the
// recovery that follows it.
func TestFaultsThatDidNotHappenEndWithTheLife(t *testing.T) {
	disk, _ := fresh(t, "log")
	disk.FailSync("log")
	disk.ShortWrite("log", 1)
	disk.HaltAfter(1)
	disk.Crash(nil)
	f, err := disk.Open("log")
	require.NoError(t, err)
	write(t, f, 0, "entry")
	require.NoError(t, f.Sync())
}

// TestNamesOfOneFileAreOne asks for faults under another spelling.
func TestNamesOfOneFileAreOne(t *testing.T) {
	disk := NewFake()
	require.NoError(t, disk.MkdirAll("/data/"))
	f, err := disk.Create("data/./log")
	require.NoError(t, err)
	write(t, f, 0, "entry")
	require.Equal(t, 5, disk.Unsynced("/data/log"))
	disk.FailSync("/data//log")
	require.ErrorIs(t, f.Sync(), ErrIO)
	disk.Crash(map[string]int{"/": 1, "/data": 1, "/data/log": 2})
	require.Equal(t, "en", holds(t, disk, "data/log"))
}

// TestManyUseOneDisk lets the race detector look on.
func TestManyUseOneDisk(t *testing.T) {
	disk, f := fresh(t, "log")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 50 {
				off := int64(i*50 + n)
				_, _ = f.WriteAt([]byte{byte('a' + i)}, off)
				_ = f.Sync()
				_, _ = f.ReadAt(make([]byte, 8), off)
				_, _ = disk.List(".")
				_ = disk.Unsynced("log")
			}
		})
	}
	group.Go(func() { disk.FailSync("log") })
	group.Wait()
	require.Equal(t, strings.Repeat("a", 50), holds(t, disk, "log")[:50])
}

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
