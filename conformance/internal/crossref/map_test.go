package crossref_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
)

// TestMap lays the buffer beside its spec.
func TestMap(t *testing.T) {
	p := buffer.Pattern
	m, err := crossref.Make(t.Context(), checktest.Runner(t), checktest.Sources(t, &p))
	require.NoError(t, err)
	require.Empty(t, m.Problems)
	require.Len(t, m.Steps, 2)
	require.Equal(t, "Put", m.Steps[0].Step)
	require.Equal(t, "Put(i)", m.Steps[0].Action)
	require.Equal(t, "Buffer.tla:18", m.Steps[0].Place.String())
	require.Len(t, m.Steps[0].Code, 1)
	require.Equal(t, "Buffer.Put", m.Steps[0].Code[0].Name)
	require.Equal(t, "buffer.go", m.Steps[0].Code[0].Place.File)
	require.False(t, m.Steps[0].Environment)
	require.Equal(t, "HasRoom", m.Rules[0].Rule)
	require.Equal(t, "Len(buffer) < Capacity", m.Rules[0].Text)
	require.Equal(t, "Buffer.HasRoom", m.Rules[0].Code[0].Name)
	require.Equal(t, "length", m.Fields[0].Field)
	require.Equal(t, "Len(buffer)", m.Fields[0].Spec)
	require.Equal(t, "b.items", m.Fields[0].Code)
	require.Empty(t, m.SpecOnly)
	require.NotEmpty(t, m.CodeOnly)
	require.Contains(t, crossref.Markdown(m), "| `Put` | `Put(i)` | `Buffer.Put` in [buffer.go](../impl/buffer/buffer.go) |\n")
}

// TestMapFindsWhatDoesNotFit changes the spec so that it and the code part, and
// lets the pattern say that this is on purpose.
func TestMapFindsWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		says    string
		apart   string
	}{
		{"a step of the spec", []string{
			"BufferSteps.tla", "StepsNext ==\n", "StepsNext ==\n  \\/ Step(\"Idle\", [node |-> \"buffer\"], UNCHANGED buffer)\n",
		}, "the step Idle is in the spec, and nothing in the code records it", "Idle"},
		{"a step of the code", []string{"BufferSteps.tla", `Step("Get"`, `Step("Put"`}, "Buffer.Get records the step Get, and the spec has none of this name", "Get"},
		{"a field", []string{"BufferSteps.tla", "length |-> Len(buffer),", "length |-> Len(buffer), size |-> Len(buffer),"}, "the view's field size is in the spec, and no View of the code adds it", "size"},
		{"an action", []string{"Buffer.tla", "Next ==", "Idle == UNCHANGED buffer\n\nNext == Idle \\/"}, "the action Idle is part of Next, and BufferSteps has no step for it", "Idle"},
		{"a rule", []string{"Buffer.tla", "HasRoom ==", "Room ==", "Buffer.tla", "== HasRoom", "== Room"}, "the spec defines no HasRoom", "HasRoom"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := buffer.Pattern
			p.Spec = checktest.Rewritten(t, p.Spec, c.changes...)
			m, err := crossref.Make(t.Context(), checktest.Runner(t), checktest.Sources(t, &p))
			require.NoError(t, err)
			require.Contains(t, strings.Join(m.Problems, "\n"), c.says)
			p.Divergences = []crossref.Divergence{{Name: c.apart, Reason: "because"}}
			m, err = crossref.Make(t.Context(), checktest.Runner(t), checktest.Sources(t, &p))
			require.NoError(t, err)
			require.NotContains(t, strings.Join(m.Problems, "\n"), c.says)
		})
	}
}

// TestMapOfASpecAlone has no code beside it, and variables that no view shows.
func TestMapOfASpecAlone(t *testing.T) {
	m, err := crossref.Make(t.Context(), checktest.Runner(t), checktest.Sources(t, &conformance.Pattern{Name: "ping", Spec: os.DirFS("../../testdata/ping/spec")}))
	require.NoError(t, err)
	require.Empty(t, m.Problems)
	require.Len(t, m.Steps, 3)
	var fields []string
	for _, f := range m.Fields {
		fields = append(fields, f.Field)
	}
	require.Equal(t, []string{"waiting", "sent", "got"}, fields)
	m, err = crossref.Make(t.Context(), checktest.Runner(t), checktest.Sources(t, &conformance.Pattern{Name: "ping", Spec: checktest.Rewritten(t, os.DirFS("../../testdata/ping/spec"),
		"PingSteps.tla", "[waiting |-> Cardinality(net)]", "[waiting |-> 0]",
		"Ping.tla", "VARIABLES sent, got, net", "VARIABLES\n  sent, got,\n  net   \\* what is under way,\n        \\* by nobody seen")}))
	require.NoError(t, err)
	require.Equal(t, []report.OneSided{{Name: "net", Kind: "variable", Place: report.Place{File: "Ping.tla", Line: 10}, Reason: "what is under way, by nobody seen"}}, m.SpecOnly)
}

// TestPage brings the made parts of a page up to date, and leaves the rest.
func TestPage(t *testing.T) {
	p, c := buffer.Pattern, checktest.Runner(t)
	page, err := crossref.Page(t.Context(), c, checktest.Sources(t, &p), "# Buffer\n\nText.\n")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(page, "# Buffer\n\nText.\n\n## Spec and code, side by side\n"))
	require.Contains(t, page, "| `Put` |")
	again, err := crossref.Page(t.Context(), c, checktest.Sources(t, &p), page)
	require.NoError(t, err)
	require.Equal(t, page, again)
	stale, err := crossref.Page(t.Context(), c, checktest.Sources(t, &p), strings.Replace(page, "| `Put` |", "| `Push` |", 1))
	require.NoError(t, err)
	require.Equal(t, page, stale)
	drawn, err := crossref.Page(t.Context(), c, checktest.Sources(t, &p), "<!-- lockstep:diagram HasRoom begin -->\nold\n<!-- lockstep:diagram HasRoom end -->\n"+page)
	require.NoError(t, err)
	require.Contains(t, drawn, "```mermaid\nsequenceDiagram\n")
	require.NotContains(t, drawn, "old")
	_, err = crossref.Page(t.Context(), c, checktest.Sources(t, &p), "<!-- lockstep:map begin -->\n")
	require.ErrorIs(t, err, spec.ErrInput)
	_, err = crossref.Page(t.Context(), c, checktest.Sources(t, &p), "<!-- lockstep:diagram None begin -->\n<!-- lockstep:diagram None end -->\n")
	require.ErrorIs(t, err, spec.ErrInput)
	for _, line := range []string{"<!-- lockstep:steps Put begin -->", "<!-- lockstep:step begin -->", "<!--lockstep:map begin-->", "<!-- lockstep:map end -->"} {
		_, err = crossref.Page(t.Context(), c, checktest.Sources(t, &p), "# Buffer\n"+line+"\n"+page)
		require.ErrorContains(t, err, "line 2: "+line+" is no beginning of a generated part")
	}
}

// TestPageShowsAStep on both sides and in a trace, the same each time.
func TestPageShowsAStep(t *testing.T) {
	c := checktest.Runner(t)
	const part = "<!-- lockstep:step %s begin -->\n<!-- lockstep:step %[1]s end -->\n"
	page, err := crossref.Page(t.Context(), c, checktest.Sources(t, &buffer.Pattern), fmt.Sprintf(part, "Put"))
	require.NoError(t, err)
	for _, says := range []string{
		`<a href="../specs/buffer/Buffer.tla#L18">Put, the action</a>`,
		"```tla\nPut(item) == HasRoom /\\ buffer' = Append(buffer, item)\n```",
		"```go\nfunc (b *Buffer) Put(item string) ",
		`<a href="../impl/buffer/buffer.go#L`,
		"```json\n{\n  \"step\": \"Put\",\n",
		"of <code>lockstep record buffer -scenario ",
	} {
		require.Contains(t, page, says)
	}
	again, err := crossref.Page(t.Context(), c, checktest.Sources(t, &buffer.Pattern), page)
	require.NoError(t, err)
	require.Equal(t, page, again)
	for _, none := range []string{"None", "HasRoom"} {
		_, err = crossref.Page(t.Context(), c, checktest.Sources(t, &buffer.Pattern), fmt.Sprintf(part, none))
		require.ErrorIs(t, err, spec.ErrInput)
	}
}

// TestPageShowsARun draws steps of a recorded run, the same each time.
func TestPageShowsARun(t *testing.T) {
	c := checktest.Runner(t)
	const part = "<!-- lockstep:run %s begin -->\n<!-- lockstep:run %[1]s end -->\n"
	made := func(run string) (string, error) {
		return crossref.Page(t.Context(), c, checktest.Sources(t, &buffer.Pattern), fmt.Sprintf(part, run))
	}
	page, err := made("random 7 2-4")
	require.NoError(t, err)
	require.Contains(t, page, "Steps 2 to 4 of `lockstep record buffer -scenario random -seed 7`:\n\n```mermaid\nsequenceDiagram\n")
	for number, drawn := range []bool{1: false, 2: true, 3: true, 4: true, 5: false} {
		require.Equal(t, drawn, strings.Contains(page, fmt.Sprintf(": %d ", number)), "step %d", number)
	}
	again, err := crossref.Page(t.Context(), c, checktest.Sources(t, &buffer.Pattern), page)
	require.NoError(t, err)
	require.Equal(t, page, again)
	other, err := made("random 8 2-4")
	require.NoError(t, err)
	require.NotEqual(t, strings.ReplaceAll(page, "seed 7", "seed 8"), strings.ReplaceAll(other, "random 8", "random 7"), "another seed is another run")
	for _, none := range []string{"random 7 0-3", "random 7 4-2", "random 7 2-100000", "none 7 2-4"} {
		_, err = made(none)
		require.ErrorIs(t, err, spec.ErrInput, none)
	}
}

// TestOverview has a package that imports that of the buffer.
func TestOverview(t *testing.T) {
	other := &conformance.Pattern{Name: "desks", Spec: checktest.SpecFiles(checktest.Desks, checktest.DeskSteps, ""), Package: buffer.Pattern.Package + "/cmd"}
	picture, err := crossref.Overview(t.Context(), []crossref.Sources{checktest.Sources(t, &buffer.Pattern), checktest.Sources(t, other)})
	require.NoError(t, err)
	require.Equal(t, "```mermaid\nflowchart TD\n  Buffer\n  X\n  X --> Buffer\n```\n", picture)

	onlyRuns := checktest.Sources(t, other)
	onlyRuns.Drivers, onlyRuns.Code.Package = onlyRuns.Code.Package, "github.com/lockstep-tla/lockstep/conformance/tlc"
	picture, err = crossref.Overview(t.Context(), []crossref.Sources{checktest.Sources(t, &buffer.Pattern), onlyRuns})
	require.NoError(t, err)
	require.Equal(t, "```mermaid\nflowchart TD\n  Buffer\n  X\n  X -.-> Buffer\n```\n", picture)

	other.Package += "/none"
	_, err = crossref.Overview(t.Context(), []crossref.Sources{checktest.Sources(t, other)})
	require.ErrorContains(t, err, "desks")
}
