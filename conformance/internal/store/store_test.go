package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func key(parts ...string) string {
	k := NewKey("test")
	for _, p := range parts {
		k.AddText("part", p)
	}
	return k.String()
}

func TestKeyTellsPartsApart(t *testing.T) {
	seen := map[string]string{}
	for _, parts := range [][]string{{}, {""}, {"a"}, {"b"}, {"a", "b"}, {"ab"}, {"ab", ""}, {"", "ab"}, {"b", "a"}} {
		k := key(parts...)
		require.Empty(t, seen[k], "%q has the key of %q", parts, seen[k])
		seen[k] = fmt.Sprintf("%q", parts)
		require.Equal(t, k, key(parts...))
	}
	require.NotEqual(t, NewKey("one").String(), NewKey("two").String())
}

func TestGetReturnsWhatWasPut(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "new", "folder"))
	_, ok := s.Get(key("a"))
	require.False(t, ok)
	require.NoError(t, s.Put(key("a"), []byte("one")))
	require.NoError(t, s.Put(key("b"), nil))
	require.NoError(t, s.Put(key("a"), []byte(strings.Repeat("two", 100_000))))
	got, ok := s.Get(key("a"))
	require.True(t, ok)
	require.Equal(t, strings.Repeat("two", 100_000), string(got))
	got, ok = s.Get(key("b"))
	require.True(t, ok)
	require.Empty(t, got)
}

func TestNoStoreKeepsNothing(t *testing.T) {
	var none *Store
	require.NoError(t, none.Put(key("a"), []byte("one")))
	_, ok := none.Get(key("a"))
	require.False(t, ok)
	require.Nil(t, none.Fresh())
}

func TestFreshFindsOnlyItsOwnAndRefills(t *testing.T) {
	s := Open(t.TempDir())
	require.NoError(t, s.Put(key("a"), []byte("old")))
	fresh := s.Fresh()
	_, ok := fresh.Get(key("a"))
	require.False(t, ok)
	require.NoError(t, fresh.Put(key("a"), []byte("new")))
	for _, some := range []*Store{fresh, s} {
		got, ok := some.Get(key("a"))
		require.True(t, ok)
		require.Equal(t, "new", string(got))
	}
	_, ok = s.Fresh().Get(key("a"))
	require.False(t, ok)
}

// TestDamagedEntryIsMissing cuts an entry everywhere, changes each of its bytes,
// and moves it to where another key would be.
func TestDamagedEntryIsMissing(t *testing.T) {
	s := Open(t.TempDir())
	require.NoError(t, s.Put(key("a"), []byte("what was found out")))
	path := s.path(key("a"))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	missing := func(content []byte, at string, args ...any) {
		require.NoError(t, os.WriteFile(at, content, 0o600))
		_, ok := s.Get(filepath.Base(at))
		require.False(t, ok, args...)
	}
	for n := range whole {
		missing(whole[:n], path, "cut to %d bytes", n)
		changed := append([]byte{}, whole...)
		changed[n] ^= 0x20
		missing(changed, path, "byte %d", n)
	}
	missing(append(whole, 0), path, "longer")
	require.NoError(t, s.Put(key("b"), nil)) // makes the folder
	missing(whole, s.path(key("b")), "under another key")
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	got, ok := s.Get(key("a"))
	require.True(t, ok)
	require.Equal(t, "what was found out", string(got))
}

// TestWritersAndReadersAtOnce lets many write one entry while others read it:
// each reader finds one of the values whole, and no draft is left.
func TestWritersAndReadersAtOnce(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Open(dir).Put(key("a"), []byte(strings.Repeat("0", 50_000))))
	var wait sync.WaitGroup
	failed := make(chan string, 1000)
	for i := range 8 {
		wait.Go(func() {
			s := Open(dir)
			for range 50 {
				if err := s.Put(key("a"), []byte(strings.Repeat(fmt.Sprint(i), 50_000))); err != nil {
					failed <- err.Error()
				}
				got, ok := s.Get(key("a"))
				if !ok || len(got) != 50_000 || strings.Trim(string(got), string(got[:1])) != "" {
					failed <- "a value that was never put"
				}
			}
		})
	}
	wait.Wait()
	require.Empty(t, failed)
	left, err := filepath.Glob(filepath.Join(dir, "??", draft+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// age makes an entry look as if it had not been used for some time.
func age(t *testing.T, path string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	require.NoError(t, os.Chtimes(path, then, then))
}

func TestTrimRemovesWhatIsBeyondTheLimits(t *testing.T) {
	fill := func(l Limits) *Store {
		s := Open(t.TempDir())
		s.limits = l
		for i := range 10 {
			require.NoError(t, s.Put(key(fmt.Sprint(i)), []byte("x")))
			age(t, s.path(key(fmt.Sprint(i))), time.Duration(i)*time.Hour)
		}
		return s
	}
	left := func(s *Store) (n int) {
		require.NoError(t, s.Trim())
		gone := false
		for i := range 10 { // the newest stay
			_, err := os.Stat(s.path(key(fmt.Sprint(i))))
			if err == nil {
				require.False(t, gone, "entry %d is older than one that is gone", i)
				n++
			}
			gone = err != nil
		}
		return n
	}
	one, err := seal(key("0"), []byte("x"))
	require.NoError(t, err)
	size := int64(len(one))
	require.Equal(t, 10, left(fill(Limits{Age: 24 * time.Hour, Entries: 10, Bytes: 10 * size})))
	require.Equal(t, 3, left(fill(Limits{Age: 150 * time.Minute, Entries: 10, Bytes: 10 * size})))
	require.Equal(t, 4, left(fill(Limits{Age: 24 * time.Hour, Entries: 4, Bytes: 10 * size})))
	require.Equal(t, 5, left(fill(Limits{Age: 24 * time.Hour, Entries: 10, Bytes: 6*size - 1})))
}

// TestUseKeepsAnEntry reads an entry that has grown old, so that it is no longer.
func TestUseKeepsAnEntry(t *testing.T) {
	s := Open(t.TempDir())
	s.limits.Age = 3 * time.Hour
	for _, name := range []string{"used", "unused"} {
		require.NoError(t, s.Put(key(name), []byte(name)))
		age(t, s.path(key(name)), 4*time.Hour)
	}
	_, ok := s.Get(key("used"))
	require.True(t, ok)
	require.NoError(t, s.Trim())
	_, ok = s.Get(key("used"))
	require.True(t, ok)
	_, ok = s.Get(key("unused"))
	require.False(t, ok)
}

// TestPutTrimsNowAndThen also has a draft that a killed process left, and one
// that may still be written.
func TestPutTrimsNowAndThen(t *testing.T) {
	s := Open(t.TempDir())
	s.limits.Age = time.Hour
	require.NoError(t, s.Put(key("old"), []byte("x")))
	age(t, s.path(key("old")), 2*time.Hour)
	abandoned, underWay := filepath.Join(filepath.Dir(s.path(key("old"))), draft+"1"), filepath.Join(filepath.Dir(s.path(key("old"))), draft+"2")
	for _, path := range []string{abandoned, underWay} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	age(t, abandoned, 2*trimEvery)
	require.NoError(t, s.Put(key("new"), []byte("x")))
	require.FileExists(t, s.path(key("old")), "it was trimmed a moment ago")
	age(t, filepath.Join(s.dir, "trimmed"), 2*trimEvery)
	require.NoError(t, s.Put(key("new"), []byte("x")))
	require.NoFileExists(t, s.path(key("old")))
	require.NoFileExists(t, abandoned)
	require.FileExists(t, underWay)
	require.FileExists(t, s.path(key("new")))
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	s := Open(filepath.Join(file, "folder"))
	require.Error(t, s.Put(key("a"), nil))
	_, ok := s.Get(key("a"))
	require.False(t, ok)
}

func TestDefaultIsInTheCacheFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir) // where the system does not know XDG_CACHE_HOME
	s := Default()
	require.NoError(t, s.Put(key("a"), []byte("x")))
	rel, err := filepath.Rel(dir, s.path(key("a")))
	require.NoError(t, err)
	require.True(t, filepath.IsLocal(rel), rel)
	require.Contains(t, filepath.ToSlash(rel), "lockstep/results/")
	t.Setenv("LOCKSTEP_STORE", "off")
	require.Nil(t, Default())
}
