package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
)

// TestOverlayOfPackageNamedUnlikeItsFolder breaks a rule in a package whose
// name is not the last part of its path.
func TestOverlayOfPackageNamedUnlikeItsFolder(t *testing.T) {
	module := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module example.org/shop\n\ngo 1.24\n",
		"main.go":           "package main\n\nimport till \"example.org/shop/go-till\"\n\nfunc main() { print(till.IsOpen()) }\n",
		"go-till/till.go":   "package till\n\nfunc IsOpen() bool { return true }\n",
		"go-till/a_tool.go": "//go:build ignore\n\npackage main\n\nfunc main() {}\n",
	} {
		file := filepath.Join(module, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	t.Chdir(module)
	broken := fstest.MapFS{"IsOpen.go": &fstest.MapFile{Data: []byte(
		"package till\n\n// The till is never open.\n// expect: refused at Pay (guard)\n\nfunc IsOpen() bool { return false }\n")}}
	program, err := buildBroken(t.Context(), t.TempDir(), ".", []Code{{Name: "till", Package: "example.org/shop/go-till", Broken: broken}})
	require.NoError(t, err)
	for rule, says := range map[string]string{"": "true", "till/IsOpen": "false"} {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), process.BrokenEnv+"="+rule)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err)
		require.Equal(t, says, string(out), rule)
	}
}
