package writeaheadlog

import (
	"maps"
	"path/filepath"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// TestMapSurvives writes random batches to a map and to an ordinary one.
func TestMapSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	want := map[string]string{}
	f := fuzz.NewWithSeed(1).NilChance(0.3).NumElements(0, 5)
	for range 5 {
		m, err := OpenMap(path, Options{Policy: Group})
		require.NoError(t, err)
		require.Equal(t, want, maps.Collect(m.All()))
		require.Equal(t, len(want), m.Len())
		for range 20 {
			var changes map[byte]*string
			f.Fuzz(&changes)
			var b Batch
			changed := map[string]bool{}
			for k, v := range changes {
				key := string(rune('a' + k%8))
				if changed[key] = true; v == nil {
					b.Delete(key)
					delete(want, key)
				} else {
					b.Put(key, *v)
					want[key] = *v
				}
			}
			require.Equal(t, len(changed), b.Len())
			require.NoError(t, m.Write(&b))
			for key, value := range want {
				got, ok := m.Get(key)
				require.True(t, ok)
				require.Equal(t, value, got)
			}
		}
		require.NoError(t, m.Close())
	}
	require.NotEmpty(t, want)
}

// TestABatchIsAllOrNothing tears a batch at each of its bytes.
func TestABatchIsAllOrNothing(t *testing.T) {
	for kept := range 100 {
		fake := disktest.New()
		m, err := OpenMap("log", Options{FS: fake, Preallocate: -1, Policy: Group})
		require.NoError(t, err)
		require.NoError(t, m.Put("a", "old"))
		var b Batch
		b.Put("a", "new")
		b.Put("b", "new")
		fake.HaltAfter(1) // the write is made, the flush is not
		require.ErrorIs(t, m.Write(&b), ErrPoisoned)
		fake.Crash(map[string]int{"log": kept})
		m, err = OpenMap("log", Options{FS: fake})
		require.NoError(t, err)
		found := maps.Collect(m.All())
		if len(found) == 1 {
			require.Equal(t, map[string]string{"a": "old"}, found)
		} else {
			require.Equal(t, map[string]string{"a": "new", "b": "new"}, found)
			require.Greater(t, kept, recordHeaderSize)
		}
	}
}

func TestRetriesDoNoHarm(t *testing.T) {
	m, err := OpenMap("log", Options{FS: disktest.New()})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, m.Put("a", "1"))
		require.NoError(t, m.Delete("b"))
	}
	require.Equal(t, map[string]string{"a": "1"}, maps.Collect(m.All()))
	require.Equal(t, uint64(6), m.Log().Status().Applied)
}

func TestAnotherLogIsNotAMap(t *testing.T) {
	fake := disktest.New()
	for _, payload := range []string{"", "hello", "\x01\x00", "\x01\x07\x01a\x01b", "\x01\x00\x01a\xffb", "\x00rest"} {
		l, err := Open("log", &entries{}, Options{FS: fake})
		require.NoError(t, err)
		_, err = l.Append(0, []byte(payload))
		require.NoError(t, err)
		require.NoError(t, l.Close())
		_, err = OpenMap("log", Options{FS: fake})
		require.ErrorIs(t, err, ErrNotABatch, "%q", payload)
		require.NoError(t, fake.Remove("log"))
	}
}
