package command_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/command"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// carried are the sources of this module as a program would carry them.
func carried(t *testing.T) fstest.MapFS {
	t.Helper()
	sources := fstest.MapFS{}
	root := os.DirFS("../..")
	for _, dir := range []string{"conformance", "impl", "specs", "trace", "go.mod"} {
		require.NoError(t, fs.WalkDir(root, dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(root, name)
			sources[name] = &fstest.MapFile{Data: content}
			return err
		}))
	}
	return sources
}

// keeping is the buffer's command with a store of its own.
type keeping struct {
	t       *testing.T
	program command.Program
	pattern conformance.Pattern
}

func newKeeping(t *testing.T) *keeping {
	needsTLC(t)
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(cache))) // or all would be built again
	t.Setenv("TLA2TOOLS_JAR", found.Jar)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LOCKSTEP_STORE", "")
	k := &keeping{t: t, pattern: buffer.Pattern}
	// The processes that a scenario starts are those of the command, not of a test.
	k.pattern.Scenarios = k.pattern.Scenarios[:1]
	k.program = command.Program{
		Main: "github.com/lockstep-tla/lockstep/conformance/testdata/buffer/cmd", Patterns: []*conformance.Pattern{&k.pattern}, Sources: carried(t),
	}
	return k
}

func (k *keeping) run(code int, args ...string) (out, said string) {
	k.t.Helper()
	var stdout, stderr bytes.Buffer
	got := k.program.Run(k.t.Context(), append([]string{"lockstep", "check", "-q"}, args...), &stdout, &stderr)
	require.Equal(k.t, code, got, "%s%s", &stdout, &stderr)
	return stdout.String(), stderr.String()
}

// check returns the JSON of the report, and whether it was cached.
func (k *keeping) check(code int, args ...string) (report string, cached bool) {
	k.t.Helper()
	out, _ := k.run(code, append(args, "-json")...)
	var all struct {
		Patterns []struct {
			Cached *bool `json:"cached"`
		} `json:"patterns"`
	}
	require.NoError(k.t, json.Unmarshal([]byte(out), &all))
	require.Len(k.t, all.Patterns, 1)
	require.NotNil(k.t, all.Patterns[0].Cached, "it is always said")
	return strings.Replace(out, `"cached": true`, `"cached": false`, 1), *all.Patterns[0].Cached
}

var secondsInPage = regexp.MustCompile(`[\d.]+ s\b|cached`)

// TestAcceptedCheckIsKept asks again in each way: the answer is the same.
func TestAcceptedCheckIsKept(t *testing.T) {
	k := newKeeping(t)
	first, second := t.TempDir(), t.TempDir()
	was, cached := k.check(0, "-html", first)
	require.False(t, cached)
	is, cached := k.check(0, "-html", second)
	require.True(t, cached)
	require.Equal(t, was, is)
	page := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, "index.html"))
		require.NoError(t, err)
		return secondsInPage.ReplaceAllString(string(text), "")
	}
	require.Equal(t, page(first), page(second))
	docs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(docs, "buffer.md"), []byte("## The rules\n\n**`HasRoom`: a put needs room.**\n"), 0o600))
	_, cached = k.check(0, "-html", second, "-docs", docs)
	require.True(t, cached, "the page does not matter to the verdict")
	require.Contains(t, page(second), "The rule: a put needs room.")
	require.NotContains(t, page(first), "The rule: a put needs room.")
	out, said := k.run(0, "-strict")
	require.Regexp(t, `buffer\s+accepted.*\scached\s`, out)
	require.Empty(t, said)
	_, cached = k.check(0, "-memory", "900")
	require.False(t, cached, "with another limit")
	_, cached = k.check(0, "-fresh")
	require.False(t, cached)
	_, cached = k.check(0)
	require.True(t, cached)
}

func TestCheckOfSomethingElseIsNotKept(t *testing.T) {
	k := newKeeping(t)
	t.Run("a spec that is rejected", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, buffer.Pattern.Spec))
		path := filepath.Join(dir, "Buffer.cfg")
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		wrong := strings.Replace(string(source), "7 distinct states", "8 distinct states", 1)
		require.NotEqual(t, string(source), wrong)
		require.NoError(t, os.WriteFile(path, []byte(wrong), 0o600))
		k.pattern.Spec = os.DirFS(dir)
		for range 2 {
			_, cached := k.check(1)
			require.False(t, cached)
		}
		k.pattern.Spec = buffer.Pattern.Spec
	})
	t.Run("by a program that is older than its sources", func(t *testing.T) {
		k.program.Sources.(fstest.MapFS)["trace/doc.go"] = &fstest.MapFile{Data: []byte("package trace // as it was\n")}
		for range 2 {
			out, said := k.run(0)
			require.NotContains(t, out, "cached")
			require.Contains(t, said, "trace/doc.go; build it again")
		}
	})
}
