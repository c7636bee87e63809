package lamportclock

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: no caller may get what it must not rely on.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "network")
}

// TestFilesOfProcesses looks at what the processes of one run have written, in
// three files, two of them in two lives: the clock of this very pattern has
// stamped the steps. Merged they are one trace. A file less, and a message that
// came before it was sent, are errors that say which.
func TestFilesOfProcesses(t *testing.T) {
	dir := t.TempDir()
	at := slices.IndexFunc(Pattern.Scenarios, func(s conformance.Scenario) bool { return s.Name == "processes" })
	run, err := Pattern.NewRun(dir, Pattern.Scenarios[at], 1)
	require.NoError(t, err)
	require.NoError(t, processes(t.Context(), run))
	var files []string
	steps, starts := 0, 0
	for _, name := range append([]string{withClients}, servers...) {
		file := filepath.Join(run.Dir, name+".ndjson")
		files = append(files, file)
		tr, err := trace.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, name, tr.Header.Process.Name)
		steps += len(tr.Events)
		var last uint64
		for _, e := range tr.Events {
			require.Greater(t, e.Stamp, last, "%s:%d: also in the next life", file, e.Line)
			last = e.Stamp
			if e.Step == "Start" {
				starts++
			}
		}
	}
	require.Equal(t, len(servers)+2, starts, "two of the lives end with a kill")
	merged, err := trace.ReadMerged(files...)
	require.NoError(t, err)
	require.Len(t, merged.Events, steps)

	for i, file := range files {
		rest := slices.Delete(slices.Clone(files), i, i+1)
		_, err := trace.ReadMerged(rest...)
		require.ErrorIs(t, err, trace.ErrMissing)
		require.ErrorContains(t, err, strings.TrimSuffix(filepath.Base(file), ".ndjson"))
	}
	text, err := os.ReadFile(files[1])
	require.NoError(t, err)
	heard := regexp.MustCompile(`"stamp":(\d+),"heard":\[\{"process":"clients","stamp":\d+`)
	early := heard.ReplaceAll(text, []byte(`"stamp":$1,"heard":[{"process":"clients","stamp":$1`))
	require.NotEqual(t, text, early)
	require.NoError(t, os.WriteFile(files[1], early, 0o600))
	_, err = trace.ReadMerged(files...)
	require.ErrorIs(t, err, trace.ErrCausality)
	require.ErrorContains(t, err, files[1]+":")
}

// TestEndIsRefusedWhileSomethingIsOwed: a flush or an answer. The refusal says so.
func TestEndIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for owed, flushed := range map[string]int{"durable[s] = Len(log[s])": 0, "owed[s] = {}": 1} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			c := newCluster(rec, clients, keys...)
			server := c.servers["s1"]
			_, err := take(server, c.ask("c1", lc.Write, "s1", keys[0]))
			require.NoError(t, err)
			if flushed > 0 {
				require.NoError(t, server.Sync(flushed))
			}
			for _, name := range servers {
				end(rec, name, c.servers[name])
			}
			return nil
		})
		require.Contains(t, why, "End (guard)", owed)
		require.Contains(t, why, owed)
	}
}

// TestStampsThatBeginAgainAreRefused: the client of this run has seen a high stamp, and the
// server gives 1, not the next one.
func TestStampsThatBeginAgainAreRefused(t *testing.T) {
	for seed := range int64(4) {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", seed), func(rec *trace.Recorder) error {
			before, c := toolbox.CountFrom(rec, seed), newCluster(rec, clients, keys...)
			right, wrong := c.ask("c1", lc.Write, "s1", keys[0]), c.ask("c1", lc.Write, "s2", keys[0])
			right.Stamp = before
			return errors.Join(toolbox.ErrOf(take(c.servers["s1"], right)), toolbox.ErrOf(take(c.servers["s2"], wrong)))
		})
		if seed == 0 {
			require.Empty(t, why, "1 is right")
			continue
		}
		require.Contains(t, why, "Write (state)")
		require.Contains(t, why, "clock")
	}
}
