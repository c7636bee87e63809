package htmlreport

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestAPictureHasItsStepsAsAList: a phone shows the list, in which the refused step says why.
func TestAPictureHasItsStepsAsAList(t *testing.T) {
	type values = map[string]trace.Value
	p := draw(diagram.Source{
		Title: "a lock",
		Events: []trace.Event{
			{Step: "Acquire", Args: values{"node": "server", "client": "ann"}, State: values{"holder": "ann"}},
			{Step: "Acquire", Args: values{"node": "server", "client": "<b>"}, State: values{"holder": "<b>"}},
		},
		Refused: 2, Reason: `holder = "nobody" is FALSE`,
	})
	require.NotEmpty(t, p.SVG)
	var b strings.Builder
	require.NoError(t, htmlTemplate.ExecuteTemplate(&b, "steps", p))
	require.Equal(t, `<div class="steps">
<ol><li value="1">server: Acquire(client = &#34;ann&#34;); holder = &#34;ann&#34;</li>
<li value="2" class="bad">server: Acquire(client = &#34;&lt;b&gt;&#34;); holder = &#34;&lt;b&gt;&#34;: holder = &#34;nobody&#34; is FALSE</li>
</ol></div>`, b.String())
}

// TestPlacesAreLinks: a place is a link if the page has the line, and all other text stays text.
func TestPlacesAreLinks(t *testing.T) {
	p := &pattern{
		Report:  &conformance.Report{Pattern: "lock"},
		Modules: []module{{Name: "Lock", Lines: make([]sourceLine, 9)}},
	}
	require.EqualValues(t,
		`holder &lt; 1  (<a href="#lock-Lock-9">Lock.tla:9</a>), Lock.tla:10, LockSteps.tla:9, lock.go:9`,
		p.Linked(`holder < 1  (Lock.tla:9), Lock.tla:10, LockSteps.tla:9, lock.go:9`))
}
