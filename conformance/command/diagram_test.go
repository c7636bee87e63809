package command_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDiagram draws a refused trace, an accepted one without a spec, and the
// counterexample of a rule, and says what is wrong with a bad command line.
func TestDiagram(t *testing.T) {
	needsTLC(t)
	refused := file(t, header+put+get+get+`{"end":3}`+"\n")
	r := lockstep(t, nil, "diagram", "-pattern", "buffer", refused)
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "sequenceDiagram\n    participant n0 as buffer\n")
	require.Contains(t, r.out, "rect rgba(220, 40, 40, 0.25)\n    Note over n0: 3 Get(item = \"x\")<br/>rejected at step 3, Get (guard)")

	svg := filepath.Join(t.TempDir(), "trace.svg")
	r = lockstep(t, nil, "diagram", "-format", "svg", "-o", svg, "-range", "1-2", refused)
	require.Equal(t, 0, r.code, r.err)
	drawn, err := os.ReadFile(svg)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(drawn, new(struct{})))
	require.Contains(t, string(drawn), "steps 1 to 2 of 3")
	require.NotContains(t, string(drawn), "rejected")

	r = lockstep(t, nil, "diagram", "-steps", "../testdata/buffer/spec", "-rule", "HasRoom")
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "violates ")
	require.Contains(t, r.out, "Put(item = ")

	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{}, "diagram needs one trace"},
		{[]string{refused, refused}, "diagram needs one trace, or the files of one run"},
		{[]string{"-rule", "HasRoom"}, "-rule needs -pattern or -steps"},
		{[]string{"-rule", "HasRoom", "-pattern", "buffer", refused}, "either -rule or a FILE"},
		{[]string{"-rule", "HasNone", "-pattern", "buffer"}, "there is no broken/HasNone.cfg"},
		{[]string{"-format", "png", refused}, "mermaid or svg"},
		{[]string{"-range", "x", refused}, "-range must be like"},
		{[]string{"-range", "-", refused}, "-range must be like"},
		{[]string{"-range", "7", refused}, "there are no steps 7 to 7: the trace has 3"},
		{[]string{"-most", "0", refused}, "-most"},
		{[]string{file(t, "nothing")}, "no counterexample of TLC"},
		{[]string{file(t, header+put)}, "trailer"},
		{[]string{file(t, header+`{"end":0}`+"\n")}, "there is no step to draw"},
		{[]string{"-pattern", "buffer", file(t, header+put[:0]+`{"step":"Push","args":{"node":"buffer"},"state":{}}`+"\n"+`{"end":1}`+"\n")}, "unknown step"},
		{[]string{filepath.Join(t.TempDir(), "none")}, "no such file"},
	} {
		r := lockstep(t, nil, append([]string{"diagram"}, c.args...)...)
		require.Equal(t, 2, r.code, "%v: %s", c.args, r.err)
		require.Contains(t, r.err, c.says)
	}
}
