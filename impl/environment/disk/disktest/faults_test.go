package disktest

import (
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// TestAFailedSyncIsNotMadeGood is what Linux does: the second sync succeeds
// and has written nothing of what the first one failed on.
func TestAFailedSyncIsNotMadeGood(t *testing.T) {
	left := map[string]bool{}
	for _, units := range []int{0, 2, 4} {
		fake, f := fresh(t, "log")
		write(t, f, 0, "good")
		require.NoError(t, f.Sync())
		write(t, f, 4, "lost")
		fake.FailSync("log")
		require.ErrorIs(t, f.Sync(), disk.ErrIO)
		require.Equal(t, "goodlost", holds(t, fake, "log"), "the cache has it still")
		require.NoError(t, f.Sync(), "one fault, one failure")
		write(t, f, 8, "more")
		require.NoError(t, f.Sync())
		require.Equal(t, 4, fake.Unsynced("log"))
		require.Equal(t, "goodlostmore", holds(t, fake, "log"))
		fake.Crash(map[string]int{"log": units})
		left[holds(t, fake, "log")] = true
	}
	require.Equal(t, map[string]bool{"good\x00\x00\x00\x00more": true, "goodlo\x00\x00more": true, "goodlostmore": true}, left)
}

// TestWhatIsSyncedAfterAFailureSurvives has a durable change on top of a
// doubtful one in the same sector.
func TestWhatIsSyncedAfterAFailureSurvives(t *testing.T) {
	for seed := range int64(50) {
		for _, survival := range []Survival{Nothing, Everything, Prefix, SectorPrefix, AnySectors} {
			fake, f := fresh(t, "log")
			write(t, f, 0, strings.Repeat("-", 1000))
			require.NoError(t, f.Sync())
			write(t, f, 300, strings.Repeat("d", 300))
			fake.FailSync("log")
			require.ErrorIs(t, f.Sync(), disk.ErrIO)
			write(t, f, 400, strings.Repeat("s", 300))
			require.NoError(t, f.Sync())
			write(t, f, 900, strings.Repeat("p", 300))
			fake.CrashRandomly(seed, survival)
			b := holds(t, fake, "log")
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
		fake := New()
		_, err := fake.Create("log")
		require.NoError(t, err)
		fake.FailSync(".")
		require.ErrorIs(t, fake.SyncDir("."), disk.ErrIO)
		require.NoError(t, fake.SyncDir("."))
		fake.Crash(map[string]int{".": kept})
		names, err := fake.List(".")
		require.NoError(t, err)
		require.Len(t, names, want)
	}
}

func TestShortWrite(t *testing.T) {
	fake, f := fresh(t, "log")
	fake.ShortWrite("log", 3)
	n, err := f.WriteAt([]byte("entry"), 0)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 3, n)
	require.Equal(t, "ent", holds(t, fake, "log"))
	write(t, f, 0, "entry")
}

func TestNoSpace(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "1234")
	fake.LimitSpace(3)
	n, err := f.WriteAt([]byte("abcdef"), 2)
	require.ErrorIs(t, err, disk.ErrNoSpace)
	require.Equal(t, 5, n, "two in place of others, three more")
	require.Equal(t, "12abcde", holds(t, fake, "log"))
	write(t, f, 0, "no room needed"[:7])
	n, err = f.WriteAt([]byte("far"), 100)
	require.ErrorIs(t, err, disk.ErrNoSpace)
	require.Zero(t, n)
	require.ErrorIs(t, f.Preallocate(8), disk.ErrNoSpace)
	require.ErrorIs(t, f.Truncate(8), disk.ErrNoSpace)

	require.NoError(t, f.Truncate(6))
	write(t, f, 6, "x")
	g, err := fake.Create("other")
	require.NoError(t, err)
	_, err = g.WriteAt([]byte("y"), 0)
	require.ErrorIs(t, err, disk.ErrNoSpace)
	require.NoError(t, fake.Remove("log"))
	write(t, g, 0, "yyyyyyy")
	_, err = g.WriteAt([]byte("y"), 7)
	require.ErrorIs(t, err, disk.ErrNoSpace)
	fake.LimitSpace(-1)
	write(t, g, 7, "as much as it likes")
}

// TestACrashSettlesTheSpace: what it loses gives its room back, and what it
// brings back takes its room again.
func TestACrashSettlesTheSpace(t *testing.T) {
	for name, before := range map[string]func(fake *Disk, f disk.File){
		"lost":    func(_ *Disk, f disk.File) { write(t, f, 4, "no") },
		"removed": func(fake *Disk, _ disk.File) { require.NoError(t, fake.Remove("log")) },
	} {
		t.Run(name, func(t *testing.T) {
			fake, f := fresh(t, "log")
			fake.LimitSpace(10)
			write(t, f, 0, "sync")
			require.NoError(t, f.Sync())
			before(fake, f)
			fake.Crash(nil)
			f, err := fake.Open("log")
			require.NoError(t, err)
			n, err := f.WriteAt([]byte("1234567"), 4)
			require.ErrorIs(t, err, disk.ErrNoSpace)
			require.Equal(t, 6, n)
		})
	}
}

func TestRenameGivesBackTheSpaceOfTheFileInItsPlace(t *testing.T) {
	fake, f := fresh(t, "log")
	fake.LimitSpace(8)
	write(t, f, 0, "1234")
	g, err := fake.Create("new")
	require.NoError(t, err)
	write(t, g, 0, "1234")
	require.NoError(t, fake.SyncDir("."))
	require.NoError(t, fake.Rename("new", "new"))
	require.Zero(t, fake.Unsynced("."), "nothing was changed")
	_, err = g.WriteAt([]byte("5678"), 4)
	require.ErrorIs(t, err, disk.ErrNoSpace)
	require.NoError(t, fake.Rename("new", "log"))
	write(t, g, 4, "5678")
}

func TestContentsIsWhatAReaderFinds(t *testing.T) {
	fake := New()
	_, ok := fake.Contents("log")
	require.False(t, ok)
	f, err := fake.Create("log")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("ab"), 0)
	require.NoError(t, err)
	fake.HaltAfter(0)
	got, ok := fake.Contents("log")
	require.True(t, ok)
	require.Equal(t, "ab", string(got))
	durable, _ := fake.Durable("log")
	require.Empty(t, durable)
}

func TestRotDamagesWhatIsDurable(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "abc")
	require.NoError(t, f.Sync())
	write(t, f, 1, "B!!")
	require.NoError(t, fake.Rot("log", 0, 0x20))
	require.NoError(t, fake.Rot("log", 1, 0x01))
	require.Equal(t, "AB!!", holds(t, fake, "log"), "what is not durable hides it")
	require.Error(t, fake.Rot("log", 3, 1), "nothing durable is there")
	require.Error(t, fake.Rot("log", -1, 1))
	require.ErrorIs(t, fake.Rot("none", 0, 1), fs.ErrNotExist)
	fake.Crash(nil)
	require.Equal(t, "Acc", holds(t, fake, "log"))
	durable, ok := fake.Durable("log")
	require.True(t, ok)
	require.Equal(t, "Acc", string(durable))
}

// TestRotDamagesWhatWasSyncedLast has a doubtful change beneath it.
func TestRotDamagesWhatWasSyncedLast(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "abc")
	fake.FailSync("log")
	require.ErrorIs(t, f.Sync(), disk.ErrIO)
	write(t, f, 1, "xyz")
	require.NoError(t, f.Sync())
	require.NoError(t, fake.Rot("log", 1, 0x20))
	require.Equal(t, "aXyz", holds(t, fake, "log"))
	fake.Crash(map[string]int{"log": 1})
	require.Equal(t, "aXyz", holds(t, fake, "log"))
}

func TestFailReadUntilWrittenAgain(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "abcdef")
	require.NoError(t, fake.FailRead("log", 3))
	b := make([]byte, 6)
	for range 2 {
		n, err := f.ReadAt(b, 1)
		require.ErrorIs(t, err, disk.ErrIO)
		require.Equal(t, "bc", string(b[:n]))
	}
	fake.Kill()
	f, err := fake.Open("log")
	require.NoError(t, err)
	_, err = f.ReadAt(b, 0)
	require.ErrorIs(t, err, disk.ErrIO, "the disk is no better for it")
	_, err = f.ReadAt(b[:2], 4)
	require.NoError(t, err, "other bytes can be read")
	require.NoError(t, f.Sync())
	fake.Crash(nil)
	f, err = fake.Open("log")
	require.NoError(t, err)
	_, err = f.ReadAt(b, 0)
	require.ErrorIs(t, err, disk.ErrIO)
	write(t, f, 2, "CD")
	require.Equal(t, "abCDef", holds(t, fake, "log"))
	require.ErrorIs(t, fake.FailRead("none", 0), fs.ErrNotExist)
}

// TestHaltStopsAtEachOperation stops a small program at each of its operations
// in turn: the program sees it, and what came before is there.
func TestHaltStopsAtEachOperation(t *testing.T) {
	program := func(fake *Disk) error {
		f, err := fake.Create("log")
		if err != nil {
			return err
		}
		if err := fake.SyncDir("."); err != nil {
			return err
		}
		if _, err := f.WriteAt([]byte("entry"), 0); err != nil {
			return err
		}
		return f.Sync()
	}
	whole := New()
	require.NoError(t, program(whole))
	require.Equal(t, 4, whole.Ops())
	for n := range whole.Ops() {
		fake := New()
		fake.HaltAfter(n)
		require.ErrorIs(t, program(fake), ErrCrashed)
		require.True(t, fake.Halted())
		require.Equal(t, n, fake.Ops())
		_, err := fake.List(".")
		require.ErrorIs(t, err, ErrCrashed)
		_, err = fake.Open("log")
		require.ErrorIs(t, err, ErrCrashed)

		fake.CrashRandomly(1, Everything)
		require.False(t, fake.Halted())
		names, err := fake.List(".")
		require.NoError(t, err)
		require.Len(t, names, min(n, 1))
		if n >= 3 {
			require.Equal(t, "entry", holds(t, fake, "log"))
		}
	}
	fake := New()
	fake.HaltAfter(1)
	fake.HaltAfter(-1)
	require.NoError(t, program(fake))
}

// TestFaultsThatDidNotHappenEndWithTheLife keeps one run's faults out of the
// recovery that follows it.
func TestFaultsThatDidNotHappenEndWithTheLife(t *testing.T) {
	fake, _ := fresh(t, "log")
	fake.FailSync("log")
	fake.ShortWrite("log", 1)
	fake.HaltAfter(1)
	fake.Crash(nil)
	f, err := fake.Open("log")
	require.NoError(t, err)
	write(t, f, 0, "entry")
	require.NoError(t, f.Sync())
}

// TestNamesOfOneFileAreOne asks for faults under another spelling.
func TestNamesOfOneFileAreOne(t *testing.T) {
	fake := New()
	require.NoError(t, fake.MkdirAll("/data/"))
	f, err := fake.Create("data/./log")
	require.NoError(t, err)
	write(t, f, 0, "entry")
	require.Equal(t, 5, fake.Unsynced("/data/log"))
	fake.FailSync("/data//log")
	require.ErrorIs(t, f.Sync(), disk.ErrIO)
	fake.Crash(map[string]int{"/": 1, "/data": 1, "/data/log": 2})
	require.Equal(t, "en", holds(t, fake, "data/log"))
}

// TestManyUseOneDisk lets the race detector look on.
func TestManyUseOneDisk(t *testing.T) {
	fake, f := fresh(t, "log")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 50 {
				off := int64(i*50 + n)
				_, _ = f.WriteAt([]byte{byte('a' + i)}, off)
				_ = f.Sync()
				_, _ = f.ReadAt(make([]byte, 8), off)
				_, _ = fake.List(".")
				_ = fake.Unsynced("log")
			}
		})
	}
	group.Go(func() { fake.FailSync("log") })
	group.Wait()
	require.Equal(t, strings.Repeat("a", 50), holds(t, fake, "log")[:50])
}
