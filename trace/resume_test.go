package trace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// A process is killed after each number of bytes in turn. Its successor
// continues with what is there, and the whole trace is one that a reader
// accepts and that has every step whose line was whole.
func TestResumeAfterKillAtEachByte(t *testing.T) {
	text := headerLine + stepLine + stepLine + `{"end":2}` + "\n"
	for n := range len(text) {
		path := filepath.Join(t.TempDir(), "t")
		require.NoError(t, os.WriteFile(path, []byte(text[:n]), 0o600))
		before, err := trace.ReadUnfinished(path)
		if n < len(headerLine) {
			require.ErrorIs(t, err, trace.ErrNoHeader)
			_, err = trace.Resume(path)
			require.ErrorIs(t, err, trace.ErrNoHeader)
			requireFile(t, path, text[:n])
			continue
		}
		require.NoError(t, err)
		require.Len(t, before.Events, min((n-len(headerLine))/len(stepLine), 2))

		rec, err := trace.Resume(path)
		require.NoError(t, err)
		rec.Step("Recover").State(noFields)
		now, err := trace.ReadUnfinished(path)
		require.NoError(t, err, "the line was written before State returned")
		require.Len(t, now.Events, len(before.Events)+1)
		require.Equal(t, append(before.Events, now.Events[len(before.Events)]), now.Events)
		require.NoError(t, rec.Close())

		after, err := trace.ReadFile(path)
		require.NoError(t, err)
		require.True(t, now.Unfinished)
		now.Unfinished = false
		require.Equal(t, now, after)
	}
}

func TestResumeRefusesFinished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	text := headerLine + stepLine + trailer
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	_, err := trace.Resume(path)
	require.ErrorIs(t, err, trace.ErrFinished)
	require.EqualError(t, err, path+": trace is finished")
	_, err = trace.ReadUnfinished(path)
	require.ErrorIs(t, err, trace.ErrFinished)
	requireFile(t, path, text)
}

// What is no trace is left as it is. A trace whose recorder failed has a gap
// and must not get a trailer from a successor either.
func TestResumeRefusesBrokenTrace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not a trace":     {"hello\n", ":1:1: expected an object, found hello"},
		"broken step":     {headerLine + "{}\n", `:2:2: expected the member "step", found '}'`},
		"failed recorder": {headerLine + `{"failed":"x"}` + "\n", ":2:1: expected a step or the trailer, found that the recorder failed: x"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			_, err := trace.Resume(path)
			require.EqualError(t, err, path+c.want)
			_, err = trace.ReadUnfinished(path)
			require.EqualError(t, err, path+c.want)
			requireFile(t, path, c.text)
		})
	}
	_, err := trace.Resume(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = trace.ReadUnfinished(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A recorder that fails after it was resumed spoils the trace for good.
func TestResumeAfterFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	rec, err := trace.Create(path, header)
	require.NoError(t, err)
	rec.Step("Wide").Int("n", 1<<31).State(noFields)
	require.Error(t, rec.Err())
	_, err = trace.Resume(path) // as if the process was killed before Close
	require.ErrorContains(t, err, `found that the recorder failed: trace: step 1 "Wide": field "args.n"`)
	require.Error(t, rec.Close())
}

func TestResumeTellsNumberOfFailedStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t")
	require.NoError(t, os.WriteFile(path, []byte(headerLine+stepLine), 0o600))
	rec, err := trace.Resume(path)
	require.NoError(t, err)
	rec.Step("Wide").Int("n", 1<<31).State(noFields)
	require.ErrorContains(t, rec.Close(), `trace: step 2 "Wide"`)
}
