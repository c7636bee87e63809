package crossref_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
)

const wildPage = "# Wild\n<!-- lockstep:wild begin -->\n<!-- lockstep:wild end -->\n"

// TestWildPageTakesAModel in the place of a rule, if it shows what the spec cannot promise.
func TestWildPageTakesAModel(t *testing.T) {
	folder := checktest.Rewritten(t, buffer.Pattern.Spec).(fstest.MapFS)
	folder["BufferFull.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: violates NeverFull\n\\* shows: a buffer can be full\nSPECIFICATION Spec\n")}
	folder["BufferLarge.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: ok, 9 distinct states, depth 3\nSPECIFICATION Spec\n")}
	p := conformance.Pattern{Name: "buffer", Spec: folder}
	made := func(model string) (string, error) {
		page := "## Seen in the wild\n\n| Thread | What | Here |\n|---|---|---|\n| [it 1](https://it/1) | It was full. | `lockstep tlc buffer -model " + model + "` |\n"
		return crossref.WildPage([]crossref.Sources{checktest.Sources(t, &p)}, func(string) (string, error) { return page, nil }, wildPage)
	}
	now, err := made("Full")
	require.NoError(t, err)
	require.Contains(t, now, "| It was full. | `lockstep tlc buffer -model Full` |")
	_, err = made("Large")
	require.ErrorContains(t, err, "buffer has no model Large whose property is to be violated")
}

// TestWildPageHasTheRowsOfAllPages takes the rows under one heading and no other table.
func TestWildPageHasTheRowsOfAllPages(t *testing.T) {
	made := func(page string) (string, error) {
		p := buffer.Pattern
		return crossref.WildPage([]crossref.Sources{checktest.Sources(t, &p)}, func(string) (string, error) { return page, nil }, wildPage)
	}
	const head = "# Buffer\n\n| no | row | `lockstep break buffer HasRoom` |\n\n## Seen in the wild\n\n| Thread | What | Here |\n|---|---|---|\n"
	now, err := made(head + "| [it 1](https://it/1) | Too much went in. | `lockstep break buffer HasRoom` |\n\n## After\n\n| no | row | either |\n")
	require.NoError(t, err)
	require.Equal(t, "# Wild\n<!-- lockstep:wild begin -->\n\n| Pattern | Thread | What went wrong | Shown by |\n|---|---|---|---|\n"+
		"| [Buffer](buffer.md) | [it 1](https://it/1) | Too much went in. | `lockstep break buffer HasRoom` |\n\n<!-- lockstep:wild end -->\n", now)
	again, err := crossref.WildPage(nil, nil, now)
	require.NoError(t, err)
	require.NotContains(t, again, "it 1", "the part is made anew")

	for row, says := range map[string]string{
		"| [it 1](https://it/1) | `lockstep break buffer HasRoom` |":               "a row has the thread",
		"| [it 1](https://it/1) | Too much went in. | a run |":                     "names no `lockstep break buffer RULE`",
		"| [it 1](https://it/1) | Too much. | `lockstep break buffer HasRum` |":    "buffer has no rule HasRum",
		"| [it 1](https://it/1) | Too much. | `lockstep break bucket HasRoom` |":   "buffer has no rule HasRoom, which `lockstep break bucket HasRoom` breaks",
		"| [it 1](https://it/1) | Too much. | `lockstep tlc buffer -model Full` |": "buffer has no model Full whose property is to be violated",
	} {
		_, err := made(head + row + "\n")
		require.ErrorIs(t, err, spec.ErrInput, row)
		require.ErrorContains(t, err, "buffer.md:9: ", row)
		require.ErrorContains(t, err, says, row)
	}
	_, err = crossref.WildPage(nil, nil, "<!-- lockstep:overview begin -->\n<!-- lockstep:overview end -->\n")
	require.ErrorContains(t, err, "no part \"overview\"")
}
