package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestSpecAndCodeHaveTheSameSteps lays the spec and the code of each pattern
// side by side: there is no step, rule or field on one side only, and the cores
// have the form in which they can be checked. What their pages show of that is
// up to date.
func TestSpecAndCodeHaveTheSameSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Java")
	}
	found, err := tlc.Setup(t.Context(), t.Output())
	require.NoError(t, err)
	checker := &conformance.Checker{TLC: found, Parallel: 2}
	t.Run("overview", func(t *testing.T) {
		page, err := os.ReadFile("docs/README.md")
		require.NoError(t, err)
		now, err := crossref.OverviewPage(t.Context(), patterns, string(page))
		require.NoError(t, err)
		require.Equal(t, now, string(page), "docs/README.md is stale: go run . map -write")
		require.Contains(t, now, "lockstep:overview begin")
	})
	for _, p := range patterns {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			m, err := crossref.Map(t.Context(), checker.Runner(), p)
			require.NoError(t, err)
			require.Empty(t, m.Problems, strings.Join(m.Problems, "\n"))

			file := filepath.Join("docs", p.Name+".md")
			page, err := os.ReadFile(file)
			require.NoError(t, err)
			now, err := crossref.Page(t.Context(), checker.Runner(), p, string(page))
			require.NoError(t, err)
			require.Equal(t, now, string(page), "%s is stale: go run . map -write %s", file, p.Name)
		})
	}
}
