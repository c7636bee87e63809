package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnfinishedTraces are refused, and with -unfinished they are explained, drawn
// and covered as far as they go; but nothing says that such a run is accepted.
func TestUnfinishedTraces(t *testing.T) {
	needsTLC(t)
	good, bad := file(t, header+put+get[:20]), file(t, header+put+get+get)
	whole := file(t, header+put+`{"end":1}`+"\n")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"replay", "-pattern", "buffer", good}, 2, "-unfinished reads it as far as it goes"},
		{[]string{"replay", "-pattern", "buffer", "-unfinished", good}, 3, "unknown: its 1 steps are accepted, but its end is missing"},
		{[]string{"replay", "-pattern", "buffer", "-unfinished", whole}, 0, "accepted, 1 steps"},
		{[]string{"replay", "-pattern", "buffer", "-unfinished", bad}, 1, ":4: rejected at step 3, Get (guard)"},
		{[]string{"explain", "-pattern", "buffer", "-shrink", "0", "-unfinished", good}, 3, "unknown: its 1 steps are accepted"},
		{[]string{"explain", "-pattern", "buffer", "-shrink", "0", "-unfinished", bad}, 1, "Get: Len(buffer) > 0 is FALSE"},
		{[]string{"coverage", "-pattern", "buffer", "-unfinished", good}, 3, "actions, rules and branches are exercised"},
		{[]string{"diagram", "-unfinished", good}, 0, "Put"},
		{[]string{"diagram", "-pattern", "buffer", "-unfinished", bad}, 0, "rejected at step 3"},
		{[]string{"diagram", good}, 2, "-unfinished reads it"},
		{[]string{"replay", "-pattern", "buffer", "-unfinished", file(t, header[:20])}, 2, "trace has no header yet"},
	} {
		r := lockstep(t, nil, c.args...)
		require.Equal(t, c.code, r.code, "%v: %s%s", c.args, r.out, r.err)
		require.Contains(t, r.out+r.err, c.says, "%v", c.args)
	}
}

// TestNotesAreShown by the commands that show a step, and make no difference.
func TestNotesAreShown(t *testing.T) {
	needsTLC(t)
	note := func(line, text string) string {
		return strings.TrimSuffix(line, "}\n") + `,"note":{"time":"` + text + `"}}` + "\n"
	}
	good := file(t, header+note(put, "12:00")+note(get, "12:01")+`{"end":2}`+"\n")
	r := lockstep(t, nil, "replay", "-pattern", "buffer", good)
	require.Equal(t, 0, r.code, r.out+r.err)
	bad := file(t, header+note(put, "12:00")+note(get, "12:01")+note(get, "12:02")+`{"end":3}`+"\n")
	for _, c := range [][]string{{"replay", "-pattern", "buffer"}, {"replay", "-json", "-pattern", "buffer"}, {"explain", "-shrink", "0", "-pattern", "buffer"}, {"diagram"}} {
		r := lockstep(t, nil, append(c, bad)...)
		require.Contains(t, r.out, "12:02", "%v", c)
	}
	r = lockstep(t, nil, "explain", "-shrink", "0", "-pattern", "buffer", bad)
	require.Contains(t, r.out, `since step 2 (line 3), Get(item = "x", node = "buffer")  {"time":"12:01"}`)
}
