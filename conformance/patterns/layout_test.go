package patterns_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

// mostLines is how long a file may be.
const mostLines = 500

// TestFoldersHaveTheSameFiles: the conformance folder of each pattern has the first two files of
// the table in CONTRIBUTING.md, and beside tests no file that the table does not have.
func TestFoldersHaveTheSameFiles(t *testing.T) {
	page, err := os.ReadFile("../../CONTRIBUTING.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(page), "\n### 6. ")
	section, _, _ := strings.Cut(rest, "\n### ")
	var table []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\S+\\.go)` \\|").FindAllStringSubmatch(section, -1) {
		table = append(table, row[1])
	}
	require.Contains(t, table, "broken/RULE.go")
	for _, p := range patterns.All {
		folder := filepath.Join("..", p.Name)
		for _, name := range table[:2] {
			require.FileExists(t, filepath.Join(folder, name))
		}
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, e := range entries {
			name := e.Name()
			isPart := slices.ContainsFunc(patterns.Parts, func(part *conformance.Pattern) bool {
				return part.Name == name && part.PartOf == p.Name
			})
			if name == "broken" || isPart || strings.HasSuffix(name, "_test.go") {
				continue
			}
			require.Contains(t, table, name, p.Name)
			text, err := os.ReadFile(filepath.Join(folder, name))
			require.NoError(t, err)
			require.LessOrEqual(t, strings.Count(string(text), "\n"), mostLines, "%s/%s", p.Name, name)
		}
	}
}
