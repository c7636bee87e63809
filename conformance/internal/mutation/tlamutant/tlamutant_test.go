package tlamutant

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

const folder = "../../../testdata/mutants/spec"

// load reads the test spec, and a finder for TLC that reads mutants of it.
func load(t *testing.T) (Spec, *tlc.TLC) {
	t.Helper()
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	s := Spec{Sources: map[string]string{}, Roots: []string{"Spec"}}
	for _, module := range []string{"Base", "Mutants"} {
		source, err := os.ReadFile(filepath.Join(folder, module+".tla"))
		require.NoError(t, err)
		s.Sources[module] = string(source)
	}
	s.Syntax, err = parse(t.Context(), found, s.Sources)
	require.NoError(t, err)
	return s, found
}

func parse(ctx context.Context, found *tlc.TLC, sources map[string]string) (*sany.Syntax, error) {
	files := map[string][]byte{}
	for module, source := range sources {
		files[module+".tla"] = []byte(source)
	}
	document, err := found.Syntax(ctx, files, "Mutants")
	if err != nil {
		return nil, err
	}
	return sany.ParseSyntax(document)
}

func TestEachOperatorMakesItsMutants(t *testing.T) {
	s, _ := load(t)
	mutants, err := s.Find()
	require.NoError(t, err)
	var got []string
	for _, m := range mutants {
		got = append(got, fmt.Sprintf("%s %s: %s => %s", m.Definition, m.Kind, m.Before, m.After))
	}
	require.ElementsMatch(t, []string{
		`Colors drop-member: {"red", "green"} => {"green"}`,
		`Colors drop-member: {"red", "green"} => {"red"}`,
		`Add leave-out: count < Limit => TRUE`,
		`Add shift-bound: count < Limit => count <= Limit`,
		`Add leave-out: MayAdd => TRUE`,
		`Add stays: count' = count + 1 => count' = count`,
		`Add drop-one: count + 1 => count`,
		`Add stays: color' = IF color = "red" THEN "green" ELSE "red" => color' = color`,
		`Add swap-arms: IF color = "red" THEN "green" ELSE "red" => IF ~(color = "red") THEN "green" ELSE "red"`,
		`Add equality: color = "red" => color # "red"`,
		`Reset leave-out: count # 0 => TRUE`,
		`Reset equality: count # 0 => count = 0`,
		`Reset leave-out: \A c \in Colors : \/ c = color \/ c # color => TRUE`,
		`Reset equality: c = color => c # color`,
		`Reset equality: c # color => c = color`,
		`Reset stays: count' = 0 => count' = count`,
		`MayAdd equality: color = "green" => color # "green"`,
		`MayAdd equality: n % 2 = 1 => n % 2 # 1`,
		`Spec drop-fairness: WF_vars(Add) => TRUE`,
		`Spec drop-fairness: SF_vars(Reset) => TRUE`,
		`Spec weaken-fairness: SF_vars(Reset) => WF_vars(Reset)`,
	}, got)
}

func TestSANYAcceptsEachMutant(t *testing.T) {
	s, found := load(t)
	mutants, err := s.Find()
	require.NoError(t, err)
	tried := map[Kind]bool{} // one of each kind: a run of SANY takes a second
	for _, m := range mutants {
		if tried[m.Kind] {
			continue
		}
		tried[m.Kind] = true
		sources := map[string]string{"Base": s.Sources["Base"], "Mutants": s.Sources["Mutants"]}
		sources[m.Module] = m.Apply(sources[m.Module])
		_, err := parse(t.Context(), found, sources)
		require.NoError(t, err, "%s\n%s", m.ID, sources[m.Module])
	}
	require.Len(t, tried, len(Kinds))
}

func TestAMutantIsShownAsAPersonWouldHaveWrittenIt(t *testing.T) {
	s, _ := load(t)
	mutants, err := s.Find()
	require.NoError(t, err)
	for _, m := range mutants {
		lines := func(text string) []string { return strings.Split(text, "\n") }
		before, after := lines(s.Sources[m.Module]), lines(m.Shown(s.Sources[m.Module]))
		switch m.Before {
		case "count < Limit":
			require.Contains(t, []string{"  /\\ TRUE", "  /\\ count <= Limit"}, after[m.Line-1])
		case "color' = IF color = \"red\" THEN \"green\" ELSE \"red\"":
			require.Equal(t, "  /\\ color' = color   \\* not { < }", after[m.Line-1])
		case "IF color = \"red\" THEN \"green\" ELSE \"red\"":
			require.Equal(t, "  /\\ color' = IF ~(color = \"red\") THEN \"green\" ELSE \"red\"   \\* not { < }", after[m.Line-1])
		case "{\"red\", \"green\"}":
			require.Contains(t, []string{`Colors == {"red"}`, `Colors == {"green"}`}, after[m.Line-1])
		case `\A c \in Colors : \/ c = color \/ c # color`:
			require.Equal(t, `  /\ count # 0 /\ TRUE`, after[m.Line-1])
			require.Len(t, after, len(before)-2)
			continue
		}
		require.Len(t, after, len(before))
	}
}

func TestWhatTheRootsDoNotReachIsNotMutated(t *testing.T) {
	s, _ := load(t)
	s.Roots = []string{"Init", "Next"}
	mutants, err := s.Find()
	require.NoError(t, err)
	for _, m := range mutants {
		require.NotContains(t, []string{"Spec", "Bounded", "Elsewhere", "Init"}, m.Definition)
	}
	delete(s.Sources, "Base")
	mutants, err = s.Find()
	require.NoError(t, err)
	for _, m := range mutants {
		require.Equal(t, "Mutants", m.Module)
	}
	s.Roots = []string{"Nowhere"}
	_, err = s.Find()
	require.ErrorIs(t, err, ErrRoot)
}

func TestAMutantKeepsItsIDWhenLinesMove(t *testing.T) {
	s, found := load(t)
	ids := func() (ids []string) {
		mutants, err := s.Find()
		require.NoError(t, err)
		known := map[string]bool{}
		for _, m := range mutants {
			ids, known[m.ID] = append(ids, m.ID), true
		}
		require.Len(t, known, len(ids), "each has an ID of its own")
		return ids
	}
	before := ids()
	s.Sources["Mutants"] = strings.Replace(s.Sources["Mutants"], "Colors ==", "\n\nColors ==", 1)
	var err error
	s.Syntax, err = parse(t.Context(), found, s.Sources)
	require.NoError(t, err)
	require.Equal(t, before, ids())
}
