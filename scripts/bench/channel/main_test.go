package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEverybodyGetsHisAnswer keeps the comparison fair.
func TestEverybodyGetsHisAnswer(t *testing.T) {
	for _, s := range append(pipelines[:2:2], subjects...) {
		t.Run(s.name, func(t *testing.T) {
			e, err := s.open()
			require.NoError(t, err)
			var group sync.WaitGroup
			for i := range 20 {
				group.Go(func() {
					for n := range 20 {
						message := fmt.Sprint(i, " ", n)
						if answer, err := e.ask(t.Context(), []byte(message)); err != nil || string(answer) != message {
							t.Errorf("asked was %q, the answer is %q, %v", message, answer, err)
						}
					}
				})
			}
			group.Wait()
			require.NoError(t, e.close())
			_, err = e.ask(t.Context(), []byte("too late"))
			require.Error(t, err)
		})
	}
}

// TestRun makes a whole table, of turns that are far too short to mean anything.
func TestRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-rounds", "1", "-time", "1ms"}, &out))
	require.Equal(t, 3+len(callers)*len(subjects), strings.Count(out.String(), "\n"), out.String())
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-pipeline", "-rounds", "1", "-time", "1ms"}, &out))
	require.Equal(t, 3+len(delays)*len(pipelines), strings.Count(out.String(), "\n"), out.String())
	for _, args := range [][]string{{"-rounds", "0"}, {"-time", "0"}, {"more"}} {
		require.Error(t, run(t.Context(), args, &out), args)
	}
}
