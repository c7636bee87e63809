package htmlreport

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
