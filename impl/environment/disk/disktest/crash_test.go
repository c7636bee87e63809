package disktest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// fresh returns a disk with one file in the root, whose name is durable.
func fresh(t *testing.T, name string) (*Disk, disk.File) {
	t.Helper()
	fake := New()
	f, err := fake.Create(name)
	require.NoError(t, err)
	require.NoError(t, fake.SyncDir("."))
	return fake, f
}

func write(t *testing.T, f disk.File, off int64, s string) {
	t.Helper()
	n, err := f.WriteAt([]byte(s), off)
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

// holds returns all that the file of that name holds.
func holds(t *testing.T, fake disk.FS, name string) string {
	t.Helper()
	f, err := fake.Open(name)
	require.NoError(t, err)
	size, err := f.Size()
	require.NoError(t, err)
	b := make([]byte, size)
	_, err = f.ReadAt(b, 0)
	require.NoError(t, err)
	return string(b)
}

func TestCrashKeepsExactlyTheUnitsAskedFor(t *testing.T) {
	want := []string{"synced", "Synced", "SYnced", "SYnc", "SYnc-", "SYnc--"}
	for units, content := range want {
		fake, f := fresh(t, "log")
		write(t, f, 0, "synced")
		require.NoError(t, f.Sync())
		write(t, f, 0, "SY")
		require.NoError(t, f.Truncate(4))
		write(t, f, 4, "--")
		require.Equal(t, len(want)-1, fake.Unsynced("log"))

		fake.Crash(map[string]int{"log": units})
		require.Equal(t, content, holds(t, fake, "log"), "%d units kept", units)
		require.Zero(t, fake.Unsynced("log"))
		fake.Crash(nil)
		require.Equal(t, content, holds(t, fake, "log"), "what one crash has kept the next one keeps")
	}
}

func TestCrashKeepsExactlyTheSectorsAskedFor(t *testing.T) {
	old, new := bytes.Repeat([]byte{'o'}, 2*SectorSize), bytes.Repeat([]byte{'n'}, 4*SectorSize)
	for choice := range 1 << 5 {
		fake, f := fresh(t, "log")
		write(t, f, 0, string(old))
		require.NoError(t, f.Sync())
		write(t, f, 0, string(new))

		fake.CrashSectors(func(name string, sector int) bool {
			require.Equal(t, "log", name)
			return choice>>(sector+1)&1 == 1 // the lowest bit decides on the length
		})
		want := append(slices.Clone(old), make([]byte, 2*SectorSize)...)
		for s := range 4 {
			if choice>>(s+1)&1 == 1 {
				copy(want[s*SectorSize:], new[:SectorSize])
			}
		}
		if choice&1 == 0 {
			want = want[:len(old)]
		}
		require.Equal(t, string(want), holds(t, fake, "log"), "choice %05b", choice)
	}
}

// TestSectorsThatReachZerosAlone has the tail that recovery must recognise:
// the length arrived, the bytes did not.
func TestSectorsThatReachZerosAlone(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "entry")
	fake.CrashSectors(func(_ string, sector int) bool { return sector == Length })
	require.Equal(t, "\x00\x00\x00\x00\x00", holds(t, fake, "log"))
}

// history is what a file held after its last sync and after each change since.
type history [][]byte

// allows says whether a crash may leave b, and in a word what it has done.
func (h history) allows(b []byte, survival Survival) (string, bool) {
	last := h[len(h)-1]
	switch {
	case survival == Nothing:
		return "lost", bytes.Equal(b, h[0])
	case survival == Everything:
		return "kept", bytes.Equal(b, last)
	case bytes.Equal(b, last):
		return "kept", true
	case bytes.Equal(b, h[0]):
		return "lost", true
	case slices.ContainsFunc(h, func(v []byte) bool { return bytes.Equal(b, v) }):
		return "between", true
	case survival == AnySectors:
		return "mixed", h.mixes(b)
	}
	for i, v := range h[1:] {
		if at, ok := torn(h[i], v, b); ok {
			return "torn", survival == Prefix || at%SectorSize == 0
		}
	}
	return "invented", false
}

// torn says whether b is old up to some offset changed to be as new is, which
// is as long or longer, and finds the least such offset.
func torn(old, new, b []byte) (at int, ok bool) {
	for at = range new {
		mixed := slices.Concat(new[:at], old[min(at, len(old)):])
		if bytes.Equal(mixed, b) {
			// Bytes that are equal anyway leave the place of the tear open.
			for ; at%SectorSize != 0 && at < len(new) && at < len(old) && old[at] == new[at]; at++ {
			}
			return at, true
		}
	}
	return 0, false
}

// mixes says whether each sector of b is that of some version, and the length
// is that of one.
func (h history) mixes(b []byte) bool {
	if !slices.ContainsFunc(h, func(v []byte) bool { return len(v) == len(b) }) {
		return false
	}
	for start := 0; start < len(b); start += SectorSize {
		end := min(len(b), start+SectorSize)
		if !slices.ContainsFunc(h, func(v []byte) bool {
			return bytes.Equal(resize(slices.Clone(v), int64(end))[start:], b[start:end])
		}) {
			return false
		}
	}
	return true
}

// TestCrashLeavesWhatItMay crashes random workloads: what was synced is there,
// what was not is lost, kept, torn and mixed as the survival says, and all of
// that does happen.
func TestCrashLeavesWhatItMay(t *testing.T) {
	happened := map[string]int{}
	for seed := range int64(600) {
		survival := Survival(seed % 5)
		fake, past := scribble(t, seed)
		fake.CrashRandomly(seed, survival)
		got := []byte(holds(t, fake, "log"))
		how, ok := past.allows(got, survival)
		require.True(t, ok, "seed %d: %s, survival %d, %d bytes after %d changes", seed, how, survival, len(got), len(past)-1)
		happened[fmt.Sprint(survival, how)]++
	}
	for _, how := range []string{
		"0lost", "1kept", "2lost", "2between", "2torn", "2kept",
		"3lost", "3between", "3torn", "3kept", "4lost", "4mixed", "4kept",
	} {
		require.NotZero(t, happened[how], "%q never happened: %v", how, happened)
	}
}

// scribble changes a file at random, syncs it now and then, and returns the
// disk with what a crash may find.
func scribble(t *testing.T, seed int64) (*Disk, history) {
	fake, f := fresh(t, "log")
	past := history{nil}
	var changes []struct {
		Kind     uint8
		Off, Len uint16
		Fill     byte
	}
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(1, 10).Fuzz(&changes)
	for _, c := range changes {
		now := slices.Clone(past[len(past)-1])
		switch off := int(c.Off) % (len(now) + 1); c.Kind % 8 {
		case 0:
			require.NoError(t, f.Sync())
			past = history{now}
			continue
		case 1:
			require.NoError(t, f.Truncate(int64(off)))
			now = now[:off]
		default:
			data := bytes.Repeat([]byte{c.Fill}, int(c.Len%2000)+1)
			write(t, f, int64(off), string(data))
			now = append(now[:off], append(data, now[min(len(now), off+len(data)):]...)...)
		}
		past = append(past, now)
	}
	return fake, past
}

func TestTheSameSeedLeavesTheSameDisk(t *testing.T) {
	for _, survival := range []Survival{Prefix, SectorPrefix, AnySectors} {
		left := map[string]bool{}
		for seed := range int64(20) {
			fake, _ := scribble(t, 7)
			again, _ := scribble(t, 7)
			fake.CrashRandomly(seed, survival)
			again.CrashRandomly(seed, survival)
			b := holds(t, fake, "log")
			require.Equal(t, b, holds(t, again, "log"))
			left[b] = true
		}
		require.Greater(t, len(left), 1, "every seed leaves the same")
	}
}

// TestNamesAreLostUntilTheirDirectoryIsSynced goes through all outcomes of
// three changes of a directory.
func TestNamesAreLostUntilTheirDirectoryIsSynced(t *testing.T) {
	want := [][]string{{"a"}, {"a", "b"}, {"b", "c"}, {"b"}}
	for kept, names := range want {
		fake, f := fresh(t, "a")
		write(t, f, 0, "was a")
		require.NoError(t, f.Sync())
		b, err := fake.Create("b")
		require.NoError(t, err)
		write(t, b, 0, "was b")
		require.NoError(t, b.Sync(), "the file is durable, its name is not")
		require.NoError(t, fake.Rename("a", "c"))
		require.NoError(t, fake.Remove("c"))
		require.Equal(t, 3, fake.Unsynced("."))

		fake.Crash(map[string]int{".": kept})
		got, err := fake.List(".")
		require.NoError(t, err)
		require.Equal(t, names, got, "%d changes kept", kept)
		for _, name := range names {
			require.Equal(t, map[string]string{"a": "was a", "b": "was b", "c": "was a"}[name], holds(t, fake, name))
		}
	}
}

func TestSyncDirMakesNamesDurableAndNothingElse(t *testing.T) {
	fake := New()
	require.NoError(t, fake.MkdirAll("data/log"))
	f, err := fake.Create("data/log/1")
	require.NoError(t, err)
	write(t, f, 0, "text")
	for _, dir := range []string{"data/log", "data", "."} {
		require.NoError(t, fake.SyncDir(dir))
	}
	fake.Crash(nil)
	require.Empty(t, holds(t, fake, "data/log/1"))

	_, err = fake.Create("data/log/2")
	require.NoError(t, err)
	require.NoError(t, fake.SyncDir("data"), "the parent says nothing of the child")
	fake.Crash(nil)
	names, err := fake.List("data/log")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, names)
}

func TestADirectoryVanishesWithWhatIsInIt(t *testing.T) {
	fake := New()
	require.NoError(t, fake.MkdirAll("log"))
	f, err := fake.Create("log/1")
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, fake.SyncDir("log"))
	fake.Crash(nil)
	_, err = fake.List("log")
	require.Error(t, err, "the root was not synced")
}

// TestNamesSurviveInAnyMixture needs each subset of three new names to be left
// by some seed, and a prefix of them only if that is asked for.
func TestNamesSurviveInAnyMixture(t *testing.T) {
	for survival, want := range map[Survival]int{Nothing: 1, Everything: 1, Prefix: 4, AnySectors: 8} {
		left := map[string]bool{}
		for seed := range int64(200) {
			fake := New()
			for _, name := range []string{"1", "2", "3"} {
				_, err := fake.Create(name)
				require.NoError(t, err)
			}
			fake.CrashRandomly(seed, survival)
			names, err := fake.List(".")
			require.NoError(t, err)
			left[fmt.Sprint(names)] = true
		}
		require.Len(t, left, want, "survival %d: %v", survival, slices.Collect(maps.Keys(left)))
	}
}

// TestSectorsAfterATruncation has three changes in one sector and one that
// takes sectors away: a sector that is not kept is as it was synced, and the
// file as long as it was.
func TestSectorsAfterATruncation(t *testing.T) {
	for kept, want := range map[bool]string{
		true:  strings.Repeat("o", 100) + strings.Repeat("\x00", 100) + "new",
		false: strings.Repeat("o", 2*SectorSize),
	} {
		fake, f := fresh(t, "log")
		write(t, f, 0, strings.Repeat("o", 2*SectorSize))
		require.NoError(t, f.Sync())
		require.NoError(t, f.Truncate(100))
		write(t, f, 200, "new")
		require.Equal(t, 4, fake.Unsynced("log"))
		asked := map[int]bool{}
		fake.CrashSectors(func(_ string, sector int) bool {
			asked[sector] = true
			return kept
		})
		require.Equal(t, want, holds(t, fake, "log"))
		require.Equal(t, map[int]bool{0: true, 1: true, Length: true}, asked)
	}
	fake, f := fresh(t, "log")
	write(t, f, 0, strings.Repeat("o", 2*SectorSize))
	require.NoError(t, f.Sync())
	require.NoError(t, f.Truncate(100))
	fake.CrashSectors(func(_ string, sector int) bool { return sector == Length })
	require.Equal(t, strings.Repeat("o", 100), holds(t, fake, "log"))
}

// TestWritesAfterACrashAreNoMoreDurable looks for memory that the cache and
// what is durable might share, with each other or with the caller.
func TestWritesAfterACrashAreNoMoreDurable(t *testing.T) {
	fake, f := fresh(t, "log")
	buffer := []byte("first")
	_, err := f.WriteAt(buffer, 0)
	require.NoError(t, err)
	copy(buffer, "-----")
	require.NoError(t, f.Sync())
	fake.Crash(nil)
	require.Equal(t, "first", holds(t, fake, "log"))
	f, err = fake.Open("log")
	require.NoError(t, err)
	write(t, f, 0, "again")
	fake.Crash(nil)
	require.Equal(t, "first", holds(t, fake, "log"))
}

// TestARemovedFileComesBackAsItWas has two files of one name: the old one,
// which is durable, and one that took its place.
func TestARemovedFileComesBackAsItWas(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "old")
	require.NoError(t, f.Sync())
	write(t, f, 3, " and more")
	require.NoError(t, fake.Remove("log"))
	f, err := fake.Create("log")
	require.NoError(t, err)
	write(t, f, 0, "new")
	require.NoError(t, f.Sync())
	require.Equal(t, "new", holds(t, fake, "log"))
	fake.Crash(nil)
	require.Equal(t, "old", holds(t, fake, "log"))
}

// TestAFileThatWasMadeAndRemovedCanBeLeft has the crash between the two
// changes of the directory; nothing says that the file's bytes came so far.
func TestAFileThatWasMadeAndRemovedCanBeLeft(t *testing.T) {
	fake := New()
	f, err := fake.Create("log")
	require.NoError(t, err)
	write(t, f, 0, "entry")
	require.NoError(t, fake.Remove("log"))
	fake.Crash(map[string]int{".": 1})
	require.Empty(t, holds(t, fake, "log"))
}

func TestHandlesDieWithTheirProgram(t *testing.T) {
	for name, end := range map[string]func(*Disk){
		"crash": func(d *Disk) { d.Crash(nil) },
		"seed":  func(d *Disk) { d.CrashRandomly(1, AnySectors) },
		"kill":  (*Disk).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			fake, f := fresh(t, "log")
			end(fake)
			requireCrashed(t, f)
			f, err := fake.Open("log")
			require.NoError(t, err)
			write(t, f, 0, "on")
		})
	}
}

func requireCrashed(t *testing.T, f disk.File) {
	t.Helper()
	_, err := f.WriteAt([]byte("x"), 0)
	require.ErrorIs(t, err, ErrCrashed)
	_, err = f.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, ErrCrashed)
	_, err = f.Size()
	require.ErrorIs(t, err, ErrCrashed)
	require.ErrorIs(t, f.Truncate(0), ErrCrashed)
	require.ErrorIs(t, f.Preallocate(9), ErrCrashed)
	require.ErrorIs(t, f.Sync(), ErrCrashed)
	require.ErrorIs(t, f.Close(), ErrCrashed)
}

// TestKillKeepsTheCacheAndSyncsNothing is the trap for a recovery that takes
// what it reads for durable.
func TestKillKeepsTheCacheAndSyncsNothing(t *testing.T) {
	fake, f := fresh(t, "log")
	write(t, f, 0, "entry")
	fake.Kill()
	require.Equal(t, "entry", holds(t, fake, "log"))
	fake.Crash(nil)
	require.Empty(t, holds(t, fake, "log"))
}
