package patterns_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
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
	runner := &run.Runner{TLC: found, Parallel: 2}
	t.Run("overview", func(t *testing.T) {
		var all []crossref.Sources
		for _, p := range patterns.All {
			all = append(all, checktest.Sources(t, p))
		}
		page, err := os.ReadFile("../../docs/README.md")
		require.NoError(t, err)
		now, err := crossref.OverviewPage(t.Context(), all, string(page))
		require.NoError(t, err)
		require.Equal(t, now, string(page), "docs/README.md is stale: go run . map -write")
		require.Contains(t, now, "lockstep:overview begin")
	})
	t.Run("wild", func(t *testing.T) {
		var all []crossref.Sources
		for _, p := range patterns.All {
			all = append(all, checktest.Sources(t, p))
		}
		page, err := os.ReadFile("../../docs/wild.md")
		require.NoError(t, err)
		now, err := crossref.WildPage(all, func(pattern string) (string, error) {
			text, err := os.ReadFile("../../docs/" + pattern + ".md")
			require.Contains(t, string(text), "## Seen in the wild", pattern)
			return string(text), err
		}, string(page))
		require.NoError(t, err)
		require.Equal(t, now, string(page), "docs/wild.md is stale: go run . map -write")
		for _, p := range patterns.All {
			require.Contains(t, now, "`lockstep break "+p.Name+" ")
		}
	})
	for _, p := range patterns.All {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			sources := checktest.Sources(t, p)
			m, err := crossref.Make(t.Context(), runner, sources)
			require.NoError(t, err)
			require.Empty(t, m.Problems, strings.Join(m.Problems, "\n"))

			file := filepath.Join("../../docs", p.Name+".md")
			page, err := os.ReadFile(file)
			require.NoError(t, err)
			now, err := crossref.Page(t.Context(), runner, sources, string(page))
			require.NoError(t, err)
			require.Equal(t, now, string(page), "%s is stale: go run . map -write %s", file, p.Name)
		})
	}
}

// TestEachRuleHasItsSentence: the page of each pattern says what each of its rules is, where
// the report finds it.
func TestEachRuleHasItsSentence(t *testing.T) {
	for _, p := range patterns.Checked {
		page, err := os.ReadFile(filepath.Join("../../docs", cmp.Or(p.PartOf, p.Name)+".md"))
		require.NoError(t, err)
		from := checktest.Sources(t, p)
		all, err := rules.Rules(from.Spec, from.Code)
		require.NoError(t, err)
		require.NotEmpty(t, all)
		for _, r := range all {
			require.NotEmpty(t, crossref.RuleSays(string(page), r.Name), "the page of %s: %s has neither a paragraph that begins with **`%[2]s`: SENTENCE** nor a row of a table", p.Name, r.Name)
		}
	}
}
