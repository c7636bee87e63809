// Package impl_test holds what is true of all packages below impl.
package impl_test

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/lockstep-tla/lockstep/"

// TestImplementationsImportNoFakesAndNoChecker asks the go command for all that
// a user of each package is handed: nothing that only tests and checks need.
func TestImplementationsImportNoFakesAndNoChecker(t *testing.T) {
	// The go command keeps a test's result as long as the files are the same that
	// the test itself has looked at.
	require.NoError(t, filepath.WalkDir(".", func(string, fs.DirEntry, error) error { return nil }))
	packages := list(t, "./...")
	require.Greater(t, len(packages), 7)
	for _, p := range packages {
		if strings.HasSuffix(p, "test") || p == module+"impl/environment/proxy" {
			continue // a fake itself
		}
		t.Run(strings.TrimPrefix(p, module), func(t *testing.T) {
			for _, dep := range list(t, "-deps", p) {
				ours := strings.HasPrefix(dep, module)
				switch {
				case ours && (strings.HasSuffix(dep, "test") || strings.HasSuffix(dep, "/proxy")),
					strings.HasPrefix(dep, module+"conformance"),
					strings.Contains(dep, "gofuzz"), strings.Contains(dep, "testify"), dep == "testing":
					t.Errorf("it imports %s", dep)
				}
			}
		})
	}
}

// list returns the import paths that go list prints. The packages that have
// nothing but tests are left out.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	args = append([]string{"list", "-f", "{{if .GoFiles}}{{.ImportPath}}{{end}}"}, args...)
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}
