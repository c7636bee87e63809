package tlc

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// realTLC returns the model checker, without a store: it is asked each time. A test that needs it is left out only on
// request, with -short; where TLC is missing it fails, because what was not run
// has not passed.
func realTLC(t *testing.T) *TLC {
	t.Helper()
	if testing.Short() {
		t.Skip("starts Java")
	}
	found, err := Setup(t.Context(), t.Output())
	require.NoError(t, err)
	found.Store = nil
	return found
}

// module wraps the body of a module M over the variable x.
func module(body string) string {
	return "---- MODULE M ----\nEXTENDS Integers, Sequences, TLC\nVARIABLE x\n" + body + "\n====\n"
}

// job is a short run of M with the given body, configuration and more files.
func job(body, config string, more ...string) Job {
	files := map[string][]byte{"M.tla": []byte(module(body)), "M.cfg": []byte(config)}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = []byte(more[i+1])
	}
	return Job{Files: files, Module: "M", Short: true, MemoryMB: 512, Timeout: time.Minute}
}

// ownTemp gives the test a temp folder of its own, and fails it if a run leaves
// anything there, or a JVM that works there and does not wait for another run.
func ownTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	jvms.closeAll()
	t.Cleanup(func() {
		jvms.closeAll()
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.Empty(t, left, "left behind")
		require.Empty(t, processesWith(dir), "still running")
	})
	return dir
}

// processesWith returns the command lines of the processes that mention text.
func processesWith(text string) []string {
	var found []string
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range lines {
		line, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(line), text) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func run(t *testing.T, checker *TLC, j Job) *Result {
	t.Helper()
	r, err := checker.Run(context.Background(), j)
	require.NoError(t, err)
	return r
}
