package htmlreport

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/trace"
)

type values = map[string]trace.Value

// lock is a pattern whose mapping has one step, with a picture of which that step is refused.
func lock() (*pattern, diagram.Source) {
	p := &pattern{Report: &conformance.Report{Pattern: "lock"}, Tables: []table{{Kind: "step", Rows: []row{{ID: "lock-map-step-Acquire"}}}}}
	return p, diagram.Source{
		Title: "a lock",
		Events: []trace.Event{
			{Step: "Open", Args: values{"node": "server"}, State: values{"holder": "nobody"}},
			{Step: "Acquire", Args: values{"node": "server", "client": "<b>"}, State: values{"holder": "<b>"}},
		},
		Refused: 2, Reason: `holder = "nobody" is FALSE`, Loop: -1,
	}
}

// TestAPictureHasItsStepsAsAList: a phone shows the list first. In it the refused step says
// why, and the steps lead to the mapping, as far as it has them.
func TestAPictureHasItsStepsAsAList(t *testing.T) {
	p, source := lock()
	drawn := p.draw("lock-rule-IsFree-code", "the lock", source)
	require.NotEmpty(t, drawn.SVG)
	drawn.Last().Why = "#why"
	var b strings.Builder
	require.NoError(t, htmlTemplate.ExecuteTemplate(&b, "steps", drawn))
	require.Equal(t, `<div class="steps">
<ol><li value="1" id="lock-rule-IsFree-code-1">server: Open; holder = &#34;nobody&#34;</li>
<li value="2" id="lock-rule-IsFree-code-2" class="bad">server: <a href="#lock-map-step-Acquire">Acquire</a>(client = &#34;&lt;b&gt;&#34;); holder = &#34;&lt;b&gt;&#34;: holder = &#34;nobody&#34; is FALSE (<a href="#why">why</a>)</li>
</ol></div>`, b.String())
}

// TestABoxLeadsToTheListAndItsNameToTheMapping, as far as the mapping has it.
func TestABoxLeadsToTheListAndItsNameToTheMapping(t *testing.T) {
	p, source := lock()
	svg := string(p.draw("x", "the lock", source).SVG)
	require.Equal(t, 2, strings.Count(svg, `<a href="#x-1">`), "the box, and the name that has no row")
	require.Equal(t, 1, strings.Count(svg, `<a href="#x-2"><rect`))
	require.Regexp(t, `<a href="#lock-map-step-Acquire"><text class="name"[^>]*>2 Acquire`, svg)
	require.Contains(t, svg, `role="group"`)
}

// TestTheLastStepsFitOnAScreen: of a long story the page shows the end first, with the refused
// step. All steps are in the list and in a second picture.
func TestTheLastStepsFitOnAScreen(t *testing.T) {
	p, source := lock()
	drawn := p.draw("x", "the lock", source)
	require.Empty(t, drawn.Whole, "all of it fits")
	many := values{}
	for _, field := range "abcdefgh" {
		many[string(field)] = 0
	}
	events := source.Events
	source.Events = nil
	for range 8 {
		source.Events = append(source.Events, events[0], trace.Event{Step: "Other", Args: values{"node": "server"}, State: many})
	}
	source.Refused = len(source.Events)
	drawn = p.draw("x", "the lock", source)
	require.Len(t, drawn.Steps, mostSteps)
	require.Contains(t, drawn.SVG, `href="#x-16"`)
	require.Contains(t, drawn.SVG, "steps 15 to 16 of 16")
	require.Contains(t, drawn.Whole, "steps 2 to 16 of 16")
	require.Regexp(t, `^<svg [^>]* height="([1-5]\d\d|6[01]\d)"`, drawn.SVG)
}

// TestPlacesAreLinks: a place is a link if the page has the line, and all other text stays text.
func TestPlacesAreLinks(t *testing.T) {
	p := &pattern{
		Report:  &conformance.Report{Pattern: "lock"},
		Modules: []module{{Name: "Lock", Lines: make([]sourceLine, 9)}},
		Files:   []module{{Name: "lock.go", Lines: make([]sourceLine, 5)}, {Name: "check/run.go", Lines: make([]sourceLine, 5)}},
	}
	require.EqualValues(t,
		`holder &lt; 1  (<a href="#lock-Lock-9">Lock.tla:9</a>), Lock.tla:10, LockSteps.tla:9, lock.go:9`,
		p.Linked(`holder < 1  (Lock.tla:9), Lock.tla:10, LockSteps.tla:9, lock.go:9`))
	require.EqualValues(t,
		`<a href="#lock-lock.go-5">lock.go:5</a> <a href="#lock-check/run.go-1">check/run.go:1</a> run.go:1 lock.go:0`,
		p.Linked(`lock.go:5 check/run.go:1 run.go:1 lock.go:0`))
}

// TestTheMappingLeadsToTheLines: each line that the tables name is on the page. Without the
// sources of the code the spec is there.
func TestTheMappingLeadsToTheLines(t *testing.T) {
	p := &pattern{Report: &conformance.Report{Pattern: "buffer"}}
	c := &conformance.Checker{TLC: checktest.Runner(t).TLC, Parallel: 1}
	from := checktest.Sources(t, &buffer.Pattern)
	require.NoError(t, p.mapping(t.Context(), c, from))
	require.Len(t, p.Tables, 3)
	for _, table := range p.Tables {
		require.NotEmpty(t, table.Rows)
		for _, r := range table.Rows {
			require.Contains(t, p.Linked(r.Place), "<a href=", r.Place)
			require.NotEmpty(t, r.Code)
			for _, f := range r.Code {
				require.Contains(t, p.Linked(f.Place), "<a href=", f.Place)
			}
		}
	}
	require.Equal(t, "#buffer-map-step-Put", p.Row("step", "Put"))
	require.Empty(t, p.Row("step", "HasRoom"))
	file := p.Files[len(p.Files)-1]
	require.Equal(t, "buffer.go", file.File())
	source, err := os.ReadFile("../testdata/buffer/buffer.go")
	require.NoError(t, err)
	require.Equal(t, strings.Split(string(source), "\n")[1], file.Lines[1].Parts[0].Text)

	p.Tables, p.Files = nil, nil
	from.Code.Package = "example.org/gone"
	require.NoError(t, p.mapping(t.Context(), c, from))
	require.Equal(t, "#buffer-map-step-Put", p.Row("step", "Put"))
	require.Empty(t, p.Tables[0].Rows[0].Code)
}

// TestThePageSaysWhatARuleIs takes the sentence from the page about the pattern, if there is one.
func TestThePageSaysWhatARuleIs(t *testing.T) {
	pages := fstest.MapFS{"lock.md": {Data: []byte("# Lock\n")}}
	page, err := pageOf(pages, "lock")
	require.NoError(t, err)
	require.Equal(t, "# Lock\n", page)
	for _, none := range []fstest.MapFS{pages, nil} {
		page, err = pageOf(none, "other")
		require.NoError(t, err)
		require.Empty(t, page)
	}
	require.EqualValues(t, `one holder, see <code>a &lt; b</code> in the spec`,
		fromMarkdown("one holder, see `a < b` in [the spec](../specs/lock/Lock.tla)"))
}
