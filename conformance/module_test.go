package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
)

// strangersTest is all that a module of its own needs.
const strangersTest = `package stranger

import (
	"os"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestFollowsSpec(t *testing.T) {
	recorded, err := trace.ReadFile(os.Getenv("TRACE"))
	if err != nil {
		t.Fatal(err)
	}
	conformance.Accepts(t, os.DirFS("spec"), recorded)
}
`

// TestWorksFromAnotherModule checks a stranger's trace against a stranger's
// spec, in a module that knows only the packages trace and conformance.
func TestWorksFromAnotherModule(t *testing.T) {
	checktest.Runner(t) // needs TLC
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	ours, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	_, requires, found := strings.Cut(string(ours), "\n\n")
	require.True(t, found)
	write("go.mod", "module example.org/stranger\n\n"+requires+
		"\nrequire github.com/lockstep-tla/lockstep v0.0.0\n\nreplace github.com/lockstep-tla/lockstep => "+root+"\n")
	sums, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	write("go.sum", string(sums))
	write("stranger_test.go", strangersTest)
	require.NoError(t, os.CopyFS(filepath.Join(dir, "spec"), os.DirFS("testdata/buffer/spec")))

	const header = `{"lockstep":1,"spec":"Buffer","scenario":"","seed":0,"constants":{}}` + "\n"
	const put = `{"step":"Put","args":{"item":"x","node":"b"},"state":{"last":"x","length":1}}` + "\n"
	write("good.ndjson", header+strings.Replace(put, `"b"`, `"buffer"`, 1)+`{"end":1}`+"\n")
	write("bad.ndjson", header+strings.Replace(put, `"b"`, `"butter"`, 1)+`{"end":1}`+"\n")
	run := func(trace string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-mod=mod", "./...")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TRACE="+trace)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("good.ndjson")
	require.NoError(t, err, out)
	out, err = run("bad.ndjson")
	require.Error(t, err, out)
	require.Contains(t, out, "bad.ndjson: rejected at step 1, Put (guard)")
}
