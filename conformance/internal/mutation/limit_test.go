package mutation_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/mutation"
	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

// TestAnEndlessSearchSaysNothing: without the invariant, a buffer without bounds is
// noticed by nothing, and TLC never comes to the end of its states.
func TestAnEndlessSearchSaysNothing(t *testing.T) {
	if !process.CanMeter {
		t.Skip("the system does not tell what other processes take")
	}
	mutation.SetGrace(t, time.Second)
	s := subject(t)
	files := s.Spec.(fstest.MapFS)
	const constants = "CONSTANTS\n  Item = {\"x\", \"y\"}\n  Capacity = 2\n"
	files["Buffer.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: ok, 7 distinct states, depth 3\nSPECIFICATION Spec\n" + constants)}
	files["BufferSteps.cfg"] = &fstest.MapFile{Data: []byte(constants)}
	r, err := mutation.Run(t.Context(), checktest.Runner(t), s, mutation.Options{ID: "spec:leave-out:Put:7741a2fb"})
	require.NoError(t, err)
	m := r.Mutants[0]
	require.Equal(t, mutation.Unsure, m.Noticed, m.By)
	require.Len(t, m.Unsure, 2)
	require.Regexp(t, `^property: it does not end: it was given \d+s of processor time, \d+ states$`, m.Unsure[0])
	require.Regexp(t, `^explore: .*processor time`, m.Unsure[1])
	require.Len(t, r.Survivors(), 1, "it counts as noticed by nothing")
}

// TestARunThatRecordsWithoutEndFails: its trace may not grow beyond a size, nor that of a
// process that it starts.
func TestARunThatRecordsWithoutEndFails(t *testing.T) {
	limited := func(size, role string, args ...string) string {
		cmd := process.RoleCommand(t.Context(), os.Args[0], role, "buffer", args...)
		cmd.Env = append(cmd.Env, process.BrokenEnv+"=buffer/mutant", process.FileLimitEnv+"="+size)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	require.Empty(t, limited("1000000", "record", t.TempDir(), "all"))
	require.Contains(t, limited("1000", "record", t.TempDir(), "all"), "the run recorded too much and was given up")
	require.Equal(t, "child:buffer: trace: step 1 \"Put\": the file would be longer than 100 bytes\n",
		limited("100", "child", filepath.Join(t.TempDir(), "trace"), "1"))
}
