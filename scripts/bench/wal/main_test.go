package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLogsHoldWhatTheyHaveAcknowledged keeps the comparison fair: a log
// that is fast because it loses or reorders entries fails.
func TestLogsHoldWhatTheyHaveAcknowledged(t *testing.T) {
	for _, s := range subjects {
		if s.read == nil {
			continue // the plain file is no log
		}
		for _, writers := range []int{1, 8} {
			t.Run(fmt.Sprint(s.name, " ", writers), func(t *testing.T) {
				dir := t.TempDir()
				log, err := s.open(dir, writers > 1)
				require.NoError(t, err)
				const each = 20
				var group sync.WaitGroup
				for w := range writers {
					group.Go(func() {
						for n := range each {
							if err := log.Append(fmt.Appendf(nil, "%d-%02d", w, n)); err != nil {
								t.Errorf("append: %v", err)
							}
						}
					})
				}
				group.Wait()
				require.NoError(t, log.Close())

				entries, err := s.read(dir)
				require.NoError(t, err)
				require.Len(t, entries, writers*each)
				for w := range writers {
					own := slices.Clone(entries)
					own = slices.DeleteFunc(own, func(e []byte) bool {
						return !strings.HasPrefix(string(e), fmt.Sprint(w, "-"))
					})
					require.Len(t, own, each)
					require.True(t, slices.IsSortedFunc(own, bytes.Compare), "writer %d's entries are out of order", w)
				}
			})
		}
	}
}

// TestGroupSharesSaves lets many wait for one slow save.
func TestGroupSharesSaves(t *testing.T) {
	const writers = 16
	var sizes []int
	first, rest := make(chan struct{}), make(chan struct{})
	g := newGroup(func(entries [][]byte) error {
		if len(sizes) == 0 {
			close(first)
			<-rest
		}
		sizes = append(sizes, len(entries))
		return nil
	}, func() error { return nil })

	var group sync.WaitGroup
	group.Go(func() { require.NoError(t, g.Append([]byte("first"))) })
	<-first
	for range writers {
		group.Go(func() { require.NoError(t, g.Append([]byte("later"))) })
	}
	for { // until all of them wait in the same batch
		g.mu.Lock()
		waiting := len(g.gathering.entries)
		g.mu.Unlock()
		if waiting == writers {
			break
		}
	}
	close(rest)
	group.Wait()
	require.Equal(t, []int{1, writers}, sizes)
}

// TestRun makes a whole table, of turns that are far too short to mean anything.
func TestRun(t *testing.T) {
	var out strings.Builder
	dir := t.TempDir()
	require.NoError(t, run(t.Context(), []string{"-dir", dir, "-rounds", "1", "-time", "1ms", "-run", "group"}, &out))
	require.Equal(t, 3+6*len(subjects), strings.Count(out.String(), "\n"), out.String())
	require.Error(t, run(t.Context(), []string{"-dir", dir, "-rounds", "0"}, &out))
	require.Error(t, run(t.Context(), []string{"-dir", dir + "/none"}, &out))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
